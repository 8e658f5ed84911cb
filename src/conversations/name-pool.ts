import type { DnsMessage } from '../dissect/dns.ts';
import { finish, mix } from './record-table.ts';

/** Different names that are kept; further ones share one entry. */
const MAX_NAMES = 16_384;
const ARENA_BYTES = 1 << 20;
const SLOTS = 1 << 15;

/** The id that all names share which did not fit. */
export const OTHER_NAMES = 0;

/** Names as numbers: each different name is stored once, as bytes; text is made only when it is asked for. */
export class NamePool {
  readonly #arena = new Uint8Array(ARENA_BYTES);
  readonly #starts = new Int32Array(MAX_NAMES + 1);
  readonly #slots = new Int32Array(SLOTS);
  readonly #seed: number;
  #used = 0;
  #count = 1;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The id of the message's name, a new one if it was not seen before. */
  id(message: DnsMessage): number {
    const { name, nameLength } = message;
    let hash = this.#seed;
    for (let i = 0; i < nameLength; i++) hash = mix(hash, name[i] as number);
    for (let slot = finish(hash) & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
      const id = this.#slots[slot] as number;
      if (id === 0) return this.#add(slot, name, nameLength);
      if (this.#equals(id, name, nameLength)) return id;
    }
  }

  /** The name as text; bytes that are no printable ASCII are written as \DDD (RFC 4343 §2.1). */
  text(id: number): string {
    if (id === OTHER_NAMES) return '(other names)';
    let text = '';
    for (let at = this.#starts[id - 1] as number; at < (this.#starts[id] as number); at++) {
      const byte = this.#arena[at] as number;
      text += byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`;
    }
    return text === '' ? '.' : text;
  }

  #equals(id: number, name: Uint8Array, length: number): boolean {
    const start = this.#starts[id - 1] as number;
    if ((this.#starts[id] as number) - start !== length) return false;
    for (let i = 0; i < length; i++) if (this.#arena[start + i] !== name[i]) return false;
    return true;
  }

  #add(slot: number, name: Uint8Array, length: number): number {
    if (this.#count > MAX_NAMES - 1 || this.#used + length > ARENA_BYTES) return OTHER_NAMES;
    for (let i = 0; i < length; i++) this.#arena[this.#used + i] = name[i] as number;
    this.#used += length;
    const id = this.#count++;
    this.#starts[id] = this.#used;
    this.#slots[slot] = id;
    return id;
  }
}
