import type { ByteBudget } from './byte-budget.ts';
import { decodeHuffman } from './hpack-huffman.ts';
import { HpackTable } from './hpack-table.ts';
import type { HeaderField } from './hpack-table.ts';

/** Text that one header block may decode to; a block of a few bytes can stand for far more. */
const MAX_BLOCK_TEXT = 65_536;

/** Stands for a field that was added before the capture began. */
const UNKNOWN: HeaderField = { name: '', value: '', nameBytes: 0, valueBytes: 0 };

/** As much of a name or value is kept; nobody judges longer ones. */
const scratch = new Uint8Array(256);

/** Decodes the header blocks of one direction (RFC 7541). What cannot be known is left out, never guessed. */
export class HpackDecoder {
  readonly #table: HpackTable;
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;
  #end = 0;
  #textLeft = 0;
  /** Length of the last string. */
  #lengthBytes = 0;

  constructor(budget: ByteBudget) {
    this.#table = new HpackTable(budget);
  }

  /** Forgets the table: a block was missed, or the connection is over. */
  miss(): void {
    this.#table.clear();
  }

  /** Gives each field of a block to `take`; false if the block is wrong or decodes to too much. */
  decode(block: Uint8Array, length: number, take: (name: string, value: string) => void): boolean {
    this.#bytes = block;
    this.#at = 0;
    this.#end = length;
    this.#textLeft = MAX_BLOCK_TEXT;
    while (this.#at < this.#end) {
      const field = this.#field();
      if (field === undefined) {
        this.miss();
        return false;
      }
      if (field.name === '') continue;
      this.#textLeft -= field.nameBytes + field.valueBytes;
      if (this.#textLeft < 0) {
        this.miss();
        return false;
      }
      take(field.name, field.value);
    }
    return true;
  }

  /** One representation (RFC 7541 §6); undefined: it is wrong. */
  #field(): HeaderField | undefined {
    const first = this.#bytes[this.#at] as number;
    if ((first & 0x80) !== 0) {
      const index = this.#integer(7);
      return index > 0 ? (this.#table.get(index) ?? UNKNOWN) : undefined;
    }
    if ((first & 0xe0) === 0x20) {
      const limit = this.#integer(5);
      if (limit < 0) return undefined;
      this.#table.resize(limit);
      return UNKNOWN;
    }
    const isAdded = (first & 0x40) !== 0;
    const index = this.#integer(isAdded ? 6 : 4);
    if (index < 0) return undefined;
    const known = this.#table.get(index);
    const name = index === 0 ? this.#string() : (known?.name ?? '');
    const nameBytes = index === 0 ? this.#lengthBytes : (known?.nameBytes ?? 0);
    const value = this.#string();
    if (name === undefined || value === undefined) return undefined;
    const field = { name, value, nameBytes, valueBytes: this.#lengthBytes };
    if (isAdded) this.#table.add(field);
    return field;
  }

  /** An integer with a prefix of so many bits (RFC 7541 §5.1); -1: cut, or larger than anything sensible. */
  #integer(prefixBits: number): number {
    if (this.#at >= this.#end) return -1;
    const most = 2 ** prefixBits - 1;
    let value = (this.#bytes[this.#at++] as number) & most;
    if (value < most) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      if (this.#at >= this.#end) return -1;
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
    return -1;
  }

  #string(): string | undefined {
    if (this.#at >= this.#end) return undefined;
    const isHuffman = ((this.#bytes[this.#at] as number) & 0x80) !== 0;
    const length = this.#integer(7);
    if (length < 0 || length > this.#end - this.#at) return undefined;
    const from = this.#at;
    this.#at += length;
    this.#lengthBytes = isHuffman ? decodeHuffman(this.#bytes, from, this.#at, scratch) : length;
    if (this.#lengthBytes < 0) return undefined;
    const kept = Math.min(this.#lengthBytes, scratch.length);
    return String.fromCharCode(
      ...(isHuffman ? scratch.subarray(0, kept) : this.#bytes.subarray(from, from + kept)),
    );
  }
}
