import { dissect } from '../../src/dissect/index.ts';
import { Packet } from '../../src/dissect/packet.ts';
import { Frame } from '../../src/pcap/frame.ts';
import { CaptureReader, CARRIED_BYTES } from '../../src/pcap/reader.ts';
import type { ReadResult } from '../../src/pcap/reader.ts';
import { Analysis, judge } from '../../src/pipeline.ts';
import type { FuzzFrame } from './packets.ts';

/** What is captured of it: the frames as texts, and how reading ended. */
interface Reading extends ReadResult {
  readonly frames: number;
  /** Offset in the capture behind each frame's record. */
  readonly ends: readonly number[];
}

function read(capture: Uint8Array): Reading {
  let frames = 0;
  const ends: number[] = [];
  const reader = new CaptureReader({
    frame({ offset, capturedLength }) {
      frames++;
      ends.push(offset - CARRIED_BYTES + capturedLength);
    },
  });
  reader.write(capture);
  return { ...reader.end(), frames, ends };
}

/**
 * Cuts a capture of at most one reader's piece to each of the lengths. Throws if that gives frames that the whole
 * capture does not have there, or none of the damage that it must have.
 */
export function checkTruncations(capture: Uint8Array, lengths: Iterable<number>): number {
  const whole = read(capture);
  let checked = 0;
  for (const length of lengths) {
    const { frames, damage } = read(capture.subarray(0, length));
    const complete = whole.ends.filter((end) => end <= length).length;
    // Behind a frame stand padding and a second length in pcapng, so the last one may not count yet.
    if (frames > complete || frames < complete - 1)
      throw new Error(`cut to ${length} bytes: ${frames} frames, of ${complete} that end before`);
    if (length < 24 && damage.length === 0) throw new Error(`cut to ${length} bytes: no damage`);
    checked++;
  }
  return checked;
}

/** Analyses a capture that ends behind each of its frames, which is all that a cut within a record leaves; returns how many. */
export function checkPrefixes(capture: Uint8Array, every: number): number {
  let checked = 0;
  for (const [index, end] of read(capture).ends.entries()) {
    if (index % every !== 0) continue;
    const analysis = new Analysis({ vantagePoint: 'cut', node: '', addresses: [], container: '' }, 0, 7);
    analysis.write(capture.subarray(0, end + 1));
    const result = analysis.end({ dropped: null, ended: 'file', problems: [], bothDirections: false });
    JSON.stringify(judge([result], null, { toolVersion: 'cut' }));
    checked++;
  }
  return checked;
}

const MARGIN = 64;

/** Cuts a frame to each of its lengths, as a snap length does. Throws if bytes behind the cut are looked at. */
export function checkSnapLengths({ linkType, bytes }: FuzzFrame, every: number): number {
  const frame = new Frame();
  frame.linkType = linkType;
  frame.originalLength = bytes.length;
  frame.offset = MARGIN;
  const dissected = [0, 0xff].map((filling) => {
    const buffer = new Uint8Array(bytes.length + 2 * MARGIN).fill(filling);
    return { filling, buffer, packet: new Packet() };
  });
  let checked = 0;
  for (let length = 0; length <= bytes.length; length += every) {
    const texts = dissected.map(({ filling, buffer, packet }) => {
      buffer.fill(filling, MARGIN + length);
      buffer.set(bytes.subarray(0, length), MARGIN);
      frame.view = new DataView(buffer.buffer);
      frame.capturedLength = length;
      dissect(frame, packet);
      return JSON.stringify(Object.entries(packet).filter(([field]) => field !== 'view'));
    });
    if (texts[0] !== texts[1]) throw new Error(`cut to ${length} bytes: what stands behind them is read`);
    checked++;
  }
  return checked;
}
