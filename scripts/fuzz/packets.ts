import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CaptureReader } from '../../src/pcap/reader.ts';

/** A frame out of a capture. */
export interface FuzzFrame {
  readonly linkType: number;
  readonly bytes: Uint8Array;
}

/** A capture: its bytes as they are, unpacked, and the frames in it. */
export interface FuzzCapture {
  readonly bytes: Uint8Array;
  readonly frames: readonly FuzzFrame[];
}

/** All captures below some folders that hold frames. */
export function readCaptures(folders: readonly string[]): FuzzCapture[] {
  return folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.pcap(?:ng)?(?:\.gz)?$/.test(name))
        .toSorted()
        .map((name) => readFileSync(join(folder, name))),
    )
    .map((file) => (file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file))
    .map((bytes) => ({ bytes, frames: framesOf(bytes) }))
    .filter(({ frames }) => frames.length > 0);
}

function framesOf(capture: Uint8Array): FuzzFrame[] {
  const frames: FuzzFrame[] = [];
  const reader = new CaptureReader({
    frame({ view, offset, capturedLength, linkType }) {
      const from = view.byteOffset + offset;
      frames.push({ linkType, bytes: new Uint8Array(view.buffer, from, capturedLength).slice() });
    },
  });
  reader.write(capture);
  reader.end();
  return frames;
}
