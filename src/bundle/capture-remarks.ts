import type { ReadResult } from '../pcap/reader.ts';
import { commentText } from '../pcap/remarks.ts';
import { SECTION_HEADER_BLOCK } from '../pcap/section-header.ts';

/*
 * What a pcapng capture says beside its packets, as blocks behind the last one. Comments on packets become comments of
 * a section that holds nothing else, with the frame's number in them, as the report prints them.
 */

const COMMENT = 1;
const NAME_RESOLUTION_BLOCK = 4;

/** Blocks that hold the comments and names of a capture; none if it has none. */
export function remarkBlocks({
  comments,
  givenNames,
}: Pick<ReadResult, 'comments' | 'givenNames'>): Buffer[] {
  if (comments.length + givenNames.length === 0) return [];
  const names = givenNames.map(({ version, words, name }) => {
    const address = Buffer.alloc(version === 4 ? 4 : 16);
    for (let at = 0; at < address.length; at += 4) address.writeInt32BE(words[at / 4] ?? 0, at);
    return tagged(version === 4 ? 1 : 2, Buffer.concat([address, Buffer.from(`${name}\0`)]));
  });
  return [
    sectionHeader(comments.map(commentText)),
    ...(names.length === 0 ? [] : [block(NAME_RESOLUTION_BLOCK, Buffer.concat([...names, Buffer.alloc(4)]))]),
  ];
}

/** A section header, little-endian, of unknown length. */
export function sectionHeader(comments: readonly string[]): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(0x1a2b3c4d, 0);
  body.writeUInt16LE(1, 4);
  body.writeBigInt64LE(-1n, 8);
  const options = comments.map((text) => tagged(COMMENT, Buffer.from(text)));
  return block(SECTION_HEADER_BLOCK, Buffer.concat([body, ...options]));
}

/** An option or a record of names: type:16 length:16 value, padded to 32 bits. */
function tagged(type: number, value: Buffer): Buffer {
  const result = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  result.writeUInt16LE(type, 0);
  result.writeUInt16LE(value.length, 2);
  value.copy(result, 4);
  return result;
}

/** A block of pcapng, little-endian; `body` is padded already. */
export function block(type: number, body: Buffer): Buffer {
  const result = Buffer.alloc(body.length + 12);
  result.writeUInt32LE(type, 0);
  result.writeUInt32LE(result.length, 4);
  body.copy(result, 8);
  result.writeUInt32LE(result.length, result.length - 4);
  return result;
}
