import { describePlace, MERGED_BY } from './merged-interface.ts';
import type { MergedPlace } from './merged-interface.ts';

/*
 * Blocks of pcapng (draft-ietf-opsawg-pcapng), little-endian: type:32 length:32 body options length:32.
 */

/** One interface of a merged capture. */
export interface MergedInterface {
  readonly place: MergedPlace;
  /** What is missing in its capture, one sentence each; written as comments (opt_comment). */
  readonly comments: readonly string[];
  readonly linkType: number;
  /** 0: not limited, or not known. */
  readonly snapLength: number;
}

/** The section header and the descriptions of all interfaces: nanoseconds, one section. */
export function headerBlocks(interfaces: readonly MergedInterface[]): Buffer {
  const section = Buffer.alloc(16);
  section.writeUInt32LE(0x1a2b3c4d, 0);
  section.writeUInt16LE(1, 4);
  section.writeBigInt64LE(-1n, 8); // length of the section: not said
  return Buffer.concat([
    block(0x0a0d0d0a, [section, option(4, Buffer.from(MERGED_BY)), END_OF_OPTIONS]),
    ...interfaces.map(interfaceBlock),
  ]);
}

function interfaceBlock({ place, comments, linkType, snapLength }: MergedInterface): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(linkType, 0);
  body.writeUInt32LE(snapLength, 4);
  return block(1, [
    body,
    option(2, textOf(place.name)),
    option(3, textOf(describePlace(place))),
    ...comments.slice(0, MAX_COMMENTS).map((comment) => option(1, textOf(comment))),
    option(9, Buffer.from([9])), // if_tsresol: 10^-9 s
    END_OF_OPTIONS,
  ]);
}

/** An Enhanced Packet Block; `timeNs` since 1970. */
export function packetBlock(
  interfaceId: number,
  timeNs: bigint,
  originalLength: number,
  bytes: Uint8Array,
): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt32LE(interfaceId, 0);
  head.writeUInt32LE(Number(timeNs >> 32n), 4);
  head.writeUInt32LE(Number(timeNs & 0xffff_ffffn), 8);
  head.writeUInt32LE(bytes.length, 12);
  head.writeUInt32LE(originalLength, 16);
  return block(6, [head, bytes, Buffer.alloc(-bytes.length & 3)]);
}

/** A capture that was cut on and on has many gaps; a header must stay small. */
const MAX_COMMENTS = 64;
const END_OF_OPTIONS = Buffer.alloc(4);
/** Readers keep so much of a name; options have at most 65,535 bytes. */
const MAX_TEXT_BYTES = 4096;

function textOf(text: string): Buffer {
  return Buffer.from(text).subarray(0, MAX_TEXT_BYTES);
}

function option(code: number, value: Buffer): Buffer {
  const result = Buffer.alloc(4 + ((value.length + 3) & ~3));
  result.writeUInt16LE(code, 0);
  result.writeUInt16LE(value.length, 2);
  value.copy(result, 4);
  return result;
}

function block(type: number, parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 12);
  const [head, tail] = [Buffer.alloc(8), Buffer.alloc(4)];
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(length, 4);
  tail.writeUInt32LE(length, 0);
  return Buffer.concat([head, ...parts, tail], length);
}
