import { mutateFrame } from './mutate.ts';
import type { FuzzCapture, FuzzFrame } from './packets.ts';
import type { RandomRow } from './random.ts';

/** Frames of one mutated capture. */
const FRAMES = 20_000;
/** Link types that pcapng's interfaces are described with at most. */
const MAX_LINK_TYPES = 16;

/** A new capture of mutated frames, whose records are in order: dissectors and tables see all of them. */
export function mutatedFrames(captures: readonly FuzzCapture[], random: RandomRow): Buffer {
  const frames: FuzzFrame[] = [];
  while (frames.length < FRAMES) {
    const source = random.of(captures).frames;
    const from = random.below(source.length);
    const run = source.slice(from, from + 1 + random.below(64));
    for (const frame of run) {
      const other = random.of(random.of(captures).frames);
      const fate = random.below(16);
      if (fate === 0) continue;
      frames.push(fate < 3 ? frame : mutateFrame(frame, random, other));
      if (fate === 1) frames.push(frame);
    }
  }
  return pcapng(frames, random);
}

/** The bytes of a capture, some of them changed, mostly behind the file header, so that the reading goes on. */
export function mutatedFile({ bytes }: FuzzCapture, random: RandomRow): Buffer {
  const mutated = Buffer.from(bytes);
  const first = random.below(4) === 0 ? 0 : Math.min(40, mutated.length - 1);
  for (let count = 1 + random.below(random.below(4) === 0 ? 200 : 12); count > 0; count--)
    mutated[first + random.below(mutated.length - first)] = random.below(3) === 0 ? 0xff : random.below(256);
  return random.below(4) === 0 ? Buffer.concat([mutated, bytes]) : mutated;
}

function pcapng(frames: readonly FuzzFrame[], random: RandomRow): Buffer {
  const linkTypes = [...new Set(frames.map(({ linkType }) => linkType))].slice(0, MAX_LINK_TYPES);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(0x1a2b3c4d, 0);
  header.writeUInt16LE(1, 4);
  header.fill(0xff, 8);
  const interfaces = linkTypes.map((linkType) => {
    const body = Buffer.alloc(8);
    body.writeUInt16LE(linkType, 0);
    return block(1, body);
  });
  let micros = 1_795_000_000_000_000;
  const packets = frames.map(({ linkType, bytes }) => {
    const step = random.below(64) === 0 ? random.below(40_000_000) - 1_000_000 : random.below(2000);
    micros = Math.max(micros + step, 0);
    const body = Buffer.alloc(20 + Math.ceil(bytes.length / 4) * 4);
    body.writeUInt32LE(Math.max(linkTypes.indexOf(linkType), 0), 0);
    body.writeUInt32LE(Math.floor(micros / 2 ** 32), 4);
    body.writeUInt32LE(micros % 2 ** 32, 8);
    body.writeUInt32LE(bytes.length, 12);
    body.writeUInt32LE(bytes.length + (random.below(8) === 0 ? random.below(70_000) : 0), 16);
    body.set(bytes, 20);
    return block(6, body);
  });
  return Buffer.concat([block(0x0a0d0d0a, header), ...interfaces, ...packets]);
}

function block(type: number, body: Buffer): Buffer {
  const result = Buffer.alloc(body.length + 12);
  result.writeUInt32LE(type, 0);
  result.writeUInt32LE(result.length, 4);
  body.copy(result, 8);
  result.writeUInt32LE(result.length, result.length - 4);
  return result;
}
