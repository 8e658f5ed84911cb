/*
 * RFC 1035 §4.1.1:
 *   id:16 response:1 opcode:4 authoritative:1 truncated:1 recursion… rcode:4
 *   questions:16 answers:16 authorities:16 additionals:16
 * then the question: name, type:16, class:16.
 */

/** Response codes (RFC 1035 §4.1.1, IANA). */
export const DnsRcode = { NoError: 0, FormErr: 1, ServFail: 2, NxDomain: 3, NotImp: 4, Refused: 5 } as const;

/** Longest name with dots between its labels; on the wire that is 255 bytes (RFC 1035 §2.3.4). */
const MAX_NAME_BYTES = 253;
const MAX_POINTERS = 16;
/** Records of an answer that are looked at for addresses. */
const MAX_RECORDS = 32;
/** Record types A and AAAA, and the class IN (RFC 1035 §3.2, RFC 3596 §2.1). */
const TYPE_A = 1;
const TYPE_AAAA = 28;
const CLASS_IN = 1;

/** Takes an address: IP version and four words in network order, IPv4 in the first. */
export type AddressTaker = (version: number, w0: number, w1: number, w2: number, w3: number) => void;

/** What is read of a DNS message: header and first question. Reused for all messages. */
export class DnsMessage {
  id = 0;
  isResponse = false;
  truncated = false;
  rcode = 0;
  answers = 0;
  hasQuestion = false;
  questionType = 0;
  /** The name in lower case without the final dot: the first `nameLength` bytes; labels as they came, dots between. */
  readonly name: Uint8Array = new Uint8Array(MAX_NAME_BYTES);
  nameLength = 0;
  /** Offset in the view of what stands behind the question, 0 if there is none. */
  #behindQuestion = 0;

  /**
   * Reads the message in `view[from, to)`. False if this is no DNS query or response: too short, another
   * opcode than QUERY, more than one question, or a name that breaks the rules.
   */
  read(view: DataView, from: number, to: number): boolean {
    if (to - from < 12) return false;
    const flags = view.getUint16(from + 2);
    if ((flags & 0x7800) !== 0) return false;
    const questions = view.getUint16(from + 4);
    if (questions > 1) return false;
    this.id = view.getUint16(from);
    this.isResponse = (flags & 0x8000) !== 0;
    this.truncated = (flags & 0x0200) !== 0;
    this.rcode = flags & 15;
    this.answers = view.getUint16(from + 6);
    this.hasQuestion = questions === 1;
    this.nameLength = 0;
    this.questionType = 0;
    this.#behindQuestion = 0;
    if (questions === 0) return this.isResponse;
    const behind = this.#readName(view, from, to);
    if (behind < 0 || to - behind < 4) return false;
    this.questionType = view.getUint16(behind);
    this.#behindQuestion = behind + 4;
    return true;
  }

  /**
   * Hands over the addresses among the first answers of the message that was read last, out of the same
   * `view[from, to)`: name, type:16, class:16, ttl:32, length:16, data (RFC 1035 §4.1.3).
   */
  forEachAddress(view: DataView, to: number, take: AddressTaker): void {
    let at = this.#behindQuestion;
    for (let record = 0; at > 0 && record < Math.min(this.answers, MAX_RECORDS); record++) {
      const fields = behindName(view, at, to);
      if (fields < 0 || to - fields < 10) return;
      const type = view.getUint16(fields);
      const length = view.getUint16(fields + 8);
      const data = fields + 10;
      if (to - data < length) return;
      if (view.getUint16(fields + 2) === CLASS_IN) {
        const word = (index: number): number => view.getInt32(data + 4 * index);
        if (type === TYPE_A && length === 4) take(4, word(0), 0, 0, 0);
        else if (type === TYPE_AAAA && length === 16) take(6, word(0), word(1), word(2), word(3));
      }
      at = data + length;
    }
  }

  /** Returns the offset behind the name, -1 if it is not a name. */
  #readName(view: DataView, from: number, to: number): number {
    let at = from + 12;
    let behind = -1;
    let pointers = 0;
    let length = 0;
    for (;;) {
      if (at >= to) return -1;
      const label = view.getUint8(at);
      if (label === 0) break;
      if ((label & 0xc0) === 0xc0) {
        if (at + 1 >= to || ++pointers > MAX_POINTERS) return -1;
        if (behind < 0) behind = at + 2;
        at = from + (view.getUint16(at) & 0x3fff);
        continue;
      }
      if (label > 63 || at + 1 + label > to || (length === 0 ? 0 : length + 1) + label > MAX_NAME_BYTES)
        return -1;
      if (length > 0) this.name[length++] = 0x2e;
      for (let i = 1; i <= label; i++) {
        const byte = view.getUint8(at + i);
        this.name[length++] = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
      }
      at += 1 + label;
    }
    this.nameLength = length;
    return behind < 0 ? at + 1 : behind;
  }
}

/** The offset behind a name whose text is not needed: a pointer ends it. -1 if it is not a name. */
function behindName(view: DataView, from: number, to: number): number {
  for (let at = from; at < to;) {
    const label = view.getUint8(at);
    if (label === 0) return at + 1;
    if ((label & 0xc0) === 0xc0) return at + 2;
    if (label > 63) return -1;
    at += 1 + label;
  }
  return -1;
}

const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  64: 'SVCB',
  65: 'HTTPS',
  255: 'ANY',
};

/** Name of a record type, "TYPE1234" where it has none here (RFC 3597 §5). */
export function dnsTypeName(type: number): string {
  return TYPES[type] ?? `TYPE${type}`;
}
