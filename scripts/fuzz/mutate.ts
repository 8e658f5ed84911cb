import type { FuzzFrame } from './packets.ts';
import type { RandomRow } from './random.ts';

/*
 * Ways to spoil a frame. Bytes that are changed blindly mostly make headers that are refused at once; those that keep
 * the structure and change one thing of it (a length, an option, a part that is there twice) come farther.
 */

/** Longest frame that is made. */
const MAX_FRAME_BYTES = 70_000;
/** Values at which counters and lengths go wrong. */
const EDGES: readonly number[] = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff];
const EDGES_16: readonly number[] = [0, 1, 7, 8, 20, 0x7fff, 0x8000, 0xfffe, 0xffff, 0xc00c, 0x2000, 0x1fff];

type Mutation = (bytes: Uint8Array, random: RandomRow, other: FuzzFrame) => Uint8Array;

/** A frame that is spoiled in one to four ways; `other` is one whose parts may be used. */
export function mutateFrame(frame: FuzzFrame, random: RandomRow, other: FuzzFrame): FuzzFrame {
  let { bytes } = frame;
  for (let count = 1 + random.below(4); count > 0; count--)
    bytes = random.of(MUTATIONS)(bytes.slice(), random, other);
  const linkType = random.below(64) === 0 ? other.linkType : frame.linkType;
  return { linkType, bytes: bytes.subarray(0, MAX_FRAME_BYTES) };
}

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  setEdges,
  changeLength,
  changeLength,
  repeatPart,
  insertPart,
  removePart,
  cutOff,
  fillPart,
  fragmentIp,
  tunnelIntoItself,
  pointBack,
];

function flipBits(bytes: Uint8Array, random: RandomRow): Uint8Array {
  for (let count = 1 + random.below(8); count > 0 && bytes.length > 0; count--) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
  }
  return bytes;
}

function setEdges(bytes: Uint8Array, random: RandomRow): Uint8Array {
  for (let count = 1 + random.below(4); count > 0 && bytes.length > 0; count--)
    bytes[random.below(bytes.length)] = random.of(EDGES);
  return bytes;
}

/** Changes a field of 8 or 16 bits that may be a length: of what follows, or of an option. */
function changeLength(bytes: Uint8Array, random: RandomRow): Uint8Array {
  const view = new DataView(bytes.buffer);
  for (let tries = 0; tries < 32 && bytes.length > 2; tries++) {
    const at = random.below(bytes.length - 1);
    const left = bytes.length - at;
    const wide = view.getUint16(at);
    if (wide > 0 && wide <= left && left - wide < 64) {
      view.setUint16(at, random.below(2) === 0 ? random.of(EDGES_16) : wide + random.below(9) - 4);
      return bytes;
    }
    const narrow = view.getUint8(at);
    if (narrow > 0 && narrow <= 64 && narrow <= left) {
      view.setUint8(at, random.below(2) === 0 ? random.of(EDGES) : narrow + random.below(5) - 2);
      return bytes;
    }
  }
  return bytes;
}

function repeatPart(bytes: Uint8Array, random: RandomRow): Uint8Array {
  const part = somePart(bytes, random);
  const times = 1 + random.below(random.below(8) === 0 ? 200 : 4);
  return inserted(
    bytes,
    random,
    Array.from({ length: times }, () => part),
  );
}

function insertPart(bytes: Uint8Array, random: RandomRow, other: FuzzFrame): Uint8Array {
  return inserted(bytes, random, [somePart(other.bytes, random)]);
}

function removePart(bytes: Uint8Array, random: RandomRow): Uint8Array {
  const from = random.below(bytes.length);
  return joined([bytes.subarray(0, from), bytes.subarray(from + 1 + random.below(32))]);
}

function cutOff(bytes: Uint8Array, random: RandomRow): Uint8Array {
  return bytes.subarray(0, random.below(bytes.length + 1));
}

function fillPart(bytes: Uint8Array, random: RandomRow): Uint8Array {
  const from = random.below(bytes.length);
  return bytes.fill(random.of(EDGES), from, from + 1 + random.below(64));
}

/** Sets flags and offset of what may be an IPv4 header. */
function fragmentIp(bytes: Uint8Array, random: RandomRow): Uint8Array {
  const at = ipHeaderAt(bytes);
  if (at < 0 || bytes.length < at + 20) return bytes;
  const offset = random.below(2) === 0 ? random.below(16) : random.below(0x2000);
  new DataView(bytes.buffer).setUint16(at + 6, offset | (random.below(3) === 0 ? 0 : 0x2000));
  if (random.below(2) === 0) new DataView(bytes.buffer).setUint16(at + 4, random.below(8));
  return bytes;
}

/** Puts the IP packet into another one, or into VXLAN, some times over. */
function tunnelIntoItself(bytes: Uint8Array, random: RandomRow): Uint8Array {
  const at = ipHeaderAt(bytes);
  if (at < 0 || bytes.length < at + 20) return bytes;
  const [link, header] = [bytes.slice(0, at), bytes.slice(at, at + 20)];
  header[0] = 0x45;
  let packet: Uint8Array = bytes.slice(at);
  for (let depth = 1 + random.below(30); depth > 0; depth--) {
    const isVxlan = link.length === 14 && random.below(3) === 0;
    header[9] = isVxlan ? 17 : 4;
    packet = joined(isVxlan ? [header, VXLAN, link, packet] : [header, packet]);
    new DataView(packet.buffer).setUint16(2, Math.min(packet.length, 0xffff));
    new DataView(packet.buffer).setUint16(6, 0);
  }
  return joined([link, packet]);
}

/** UDP to the port of VXLAN, length left to offload, and a VXLAN header. */
const VXLAN = Uint8Array.of(0x12, 0xb5, 0x12, 0xb5, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 1, 0);

/** Writes what may be a compression pointer of DNS, to somewhere. */
function pointBack(bytes: Uint8Array, random: RandomRow): Uint8Array {
  if (bytes.length > 2)
    new DataView(bytes.buffer).setUint16(random.below(bytes.length - 1), 0xc000 | random.below(64));
  return bytes;
}

function ipHeaderAt(bytes: Uint8Array): number {
  return [14, 16, 0, 4, 20, 18].find((at) => ((bytes[at] ?? 0) & 0xf0) === 0x40) ?? -1;
}

function somePart(bytes: Uint8Array, random: RandomRow): Uint8Array {
  const from = random.below(bytes.length);
  return bytes.slice(from, from + 1 + random.below(random.below(4) === 0 ? 512 : 24));
}

function inserted(bytes: Uint8Array, random: RandomRow, parts: readonly Uint8Array[]): Uint8Array {
  const at = random.below(bytes.length + 1);
  return joined([bytes.subarray(0, at), ...parts, bytes.subarray(at)]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
