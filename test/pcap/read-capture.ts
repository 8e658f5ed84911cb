import type { ReadResult } from '../../src/pcap/reader.ts';
import { CaptureReader } from '../../src/pcap/reader.ts';

/** What a frame said while it was valid. */
export interface SeenFrame {
  readonly number: number;
  /** ISO 8601, microseconds; empty for frames without a time. */
  readonly time: string;
  readonly timeNs: number;
  readonly linkType: number;
  readonly interfaceId: number;
  readonly snapLength: number;
  readonly originalLength: number;
  readonly bytes: Uint8Array;
}

export interface SeenCapture extends ReadResult {
  readonly frames: readonly SeenFrame[];
}

/** Reads a capture handed over in pieces of the given sizes, over and over; all at once without sizes. */
export function readCapture(capture: Uint8Array, chunkSizes: readonly number[] = []): SeenCapture {
  const frames: SeenFrame[] = [];
  const reader = new CaptureReader({
    frame(frame) {
      const { number, timeNs, linkType, interfaceId, snapLength, originalLength } = frame;
      const bytes = new Uint8Array(
        frame.view.buffer,
        frame.view.byteOffset + frame.offset,
        frame.capturedLength,
      ).slice();
      frames.push({
        number,
        time: reader.clock.format(timeNs),
        timeNs,
        linkType,
        interfaceId,
        snapLength,
        originalLength,
        bytes,
      });
    },
  });
  if (chunkSizes.length === 0) reader.write(capture);
  for (let at = 0, turn = 0; chunkSizes.length > 0 && at < capture.length; turn++) {
    const size = chunkSizes[turn % chunkSizes.length] as number;
    reader.write(capture.subarray(at, at + size));
    at += size;
  }
  return { frames, ...reader.end() };
}
