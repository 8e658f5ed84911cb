import type { ByteBudget } from './byte-budget.ts';

/** A header field; long names and values are cut, their lengths are not. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
  readonly nameBytes: number;
  readonly valueBytes: number;
}

const field = (name: string, value = ''): HeaderField => ({
  name,
  value,
  nameBytes: name.length,
  valueBytes: value.length,
});
const fields = (names: string): HeaderField[] => names.split(' ').map((name) => field(name));

/** RFC 7541, Appendix A; the first has index 1. */
const STATIC_TABLE: readonly HeaderField[] = [
  field(':authority'),
  field(':method', 'GET'),
  field(':method', 'POST'),
  field(':path', '/'),
  field(':path', '/index.html'),
  field(':scheme', 'http'),
  field(':scheme', 'https'),
  ...['200', '204', '206', '304', '400', '404', '500'].map((status) => field(':status', status)),
  field('accept-charset'),
  field('accept-encoding', 'gzip, deflate'),
  ...fields(
    'accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control',
  ),
  ...fields(
    'content-disposition content-encoding content-language content-length content-location content-range',
  ),
  ...fields(
    'content-type cookie date etag expect expires from host if-match if-modified-since if-none-match if-range',
  ),
  ...fields(
    'if-unmodified-since last-modified link location max-forwards proxy-authenticate proxy-authorization range',
  ),
  ...fields(
    'referer refresh retry-after server set-cookie strict-transport-security transfer-encoding user-agent vary via',
  ),
  field('www-authenticate'),
];

/** What an entry costs beyond its text (RFC 7541 §4.1). */
const ENTRY_OVERHEAD = 32;
/** Size before anybody settles another, and the largest that is kept here whatever is settled. */
const DEFAULT_SIZE = 4096;
const MAX_SIZE = 65_536;

/** The fields that both sides remember, newest last, bounded. */
export class HpackTable {
  readonly #budget: ByteBudget;
  #entries: HeaderField[] = [];
  #size = 0;
  #limit = DEFAULT_SIZE;
  /** An entry could not be kept: no index means what it says any more. */
  #isBroken = false;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** The field of an index; undefined: there is none, or it is not known. */
  get(index: number): HeaderField | undefined {
    return index <= STATIC_TABLE.length
      ? STATIC_TABLE[index - 1]
      : this.#entries[this.#entries.length - (index - STATIC_TABLE.length)];
  }

  /** Adds a field and makes room for it (RFC 7541 §4.4). */
  add(entry: HeaderField): void {
    if (this.#isBroken) return;
    if (!this.#budget.take(sizeOf(entry))) {
      this.clear();
      this.#isBroken = true;
      return;
    }
    this.#entries.push(entry);
    this.#size += sizeOf(entry);
    this.#shrink();
  }

  /** Sets the size that the encoder announced, as far as it is kept here. */
  resize(limit: number): void {
    this.#limit = Math.min(limit, MAX_SIZE);
    this.#shrink();
  }

  /** Forgets all: something was missed, or the connection is over. */
  clear(): void {
    this.#entries = [];
    this.#budget.give(this.#size);
    this.#size = 0;
  }

  #shrink(): void {
    const before = this.#size;
    let gone = 0;
    while (this.#size > this.#limit && gone < this.#entries.length) {
      this.#size -= sizeOf(this.#entries[gone] as HeaderField);
      gone++;
    }
    this.#budget.give(before - this.#size);
    if (gone > 0) this.#entries.splice(0, gone);
  }
}

function sizeOf({ nameBytes, valueBytes }: HeaderField): number {
  return nameBytes + valueBytes + ENTRY_OVERHEAD;
}
