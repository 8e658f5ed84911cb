import type { Segment } from './application.ts';
import type { ByteBudget } from './byte-budget.ts';

/** RFC 8446 §5.1 and RFC 5246 §6.2.1: contentType:8 version:16 length:16. */
const RECORD_HEADER_BYTES = 5;
const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const HEARTBEAT = 24;
/** RFC 5246 §6.2.3. */
const MAX_RECORD_BYTES = 16_384 + 2048;
/** Bytes that are kept of a handshake message: a whole hello, a chain's first certificate. */
const MAX_KEPT_BYTES = 16_384;

/** Types of handshake messages whose bodies are read (RFC 8446 §4). */
export const HandshakeType = {
  ClientHello: 1,
  ServerHello: 2,
  Certificate: 11,
  CertificateRequest: 13,
  ServerHelloDone: 14,
} as const;

const READ_TYPES: ReadonlySet<number> = new Set([
  HandshakeType.ClientHello,
  HandshakeType.ServerHello,
  HandshakeType.Certificate,
]);

/** Takes what one direction says in clear. */
export interface TlsRecordSink {
  /** A handshake message; its body, at most the first 16 KiB, or empty where its type is not read. */
  handshake(type: number, body: Uint8Array): void;
  alert(level: number, code: number): void;
  changeCipherSpec(): void;
  applicationData(): void;
}

const NOTHING = new Uint8Array(0);

/** The records of one direction, over segments; handshake messages are put together over records. */
export class TlsRecords {
  /** What follows of the handshake is encrypted. */
  isEncrypted = false;
  /** Bytes of this direction are missing: handshake messages are not put together any more. */
  isTorn = false;
  readonly #sink: TlsRecordSink;
  readonly #budget: ByteBudget;
  readonly #header = new Uint8Array(RECORD_HEADER_BYTES);
  #headerBytes = 0;
  /** Whether the place of the next record's header is known. */
  #isAligned = true;
  #bodyLeft = 0;
  #alertLevel = -1;
  /** Type and length of the handshake message that has begun, as far as they are here. */
  readonly #messageHeader = new Uint8Array(4);
  #messageHeaderBytes = 0;
  #messageLeft = 0;
  #kept: Uint8Array = NOTHING;
  #keptBytes = 0;

  constructor(sink: TlsRecordSink, budget: ByteBudget) {
    this.#sink = sink;
    this.#budget = budget;
  }

  /** Takes the next payload of the direction. */
  take(segment: Segment): void {
    if (segment.afterGap) this.#lose();
    if (!this.#isAligned && !this.#align(segment)) return;
    const { view, offset, captured } = segment;
    const end = offset + captured;
    let at = offset;
    while (at < end && this.#isAligned) {
      at = this.#bodyLeft === 0 ? this.#readHeader(view, at) : this.#readBody(view, at, end);
    }
    this.#skip(segment.length - captured);
  }

  /** Frees what is kept; nothing is put together any more. */
  release(): void {
    this.isTorn = true;
    this.#dropMessage();
  }

  #lose(): void {
    this.release();
    this.#isAligned = false;
    this.#headerBytes = 0;
    this.#bodyLeft = 0;
    this.#alertLevel = -1;
  }

  /** After missing bytes a segment that begins with a record's header shows where records begin. */
  #align({ view, offset, captured }: Segment): boolean {
    if (captured < RECORD_HEADER_BYTES) return false;
    this.#isAligned = isRecordHeader(
      view.getUint8(offset),
      view.getUint8(offset + 1),
      view.getUint16(offset + 3),
    );
    return this.#isAligned;
  }

  /** Steps over bytes that the snap length cut off. */
  #skip(lengthBytes: number): void {
    if (lengthBytes <= 0 || !this.#isAligned) return;
    if (this.#headerBytes > 0 || lengthBytes > this.#bodyLeft) {
      this.#lose();
      return;
    }
    this.release();
    this.#bodyLeft -= lengthBytes;
  }

  #readHeader(view: DataView, at: number): number {
    const header = this.#header;
    header[this.#headerBytes++] = view.getUint8(at);
    if (this.#headerBytes < RECORD_HEADER_BYTES) return at + 1;
    this.#headerBytes = 0;
    const type = header[0] as number;
    const length = ((header[3] as number) << 8) | (header[4] as number);
    if (!isRecordHeader(type, header[1] as number, length)) {
      this.#lose();
      return at + 1;
    }
    this.#bodyLeft = length;
    this.#alertLevel = -1;
    if (type === CHANGE_CIPHER_SPEC) this.#sink.changeCipherSpec();
    else if (type === APPLICATION_DATA) this.#sink.applicationData();
    return at + 1;
  }

  #readBody(view: DataView, at: number, end: number): number {
    const length = Math.min(end - at, this.#bodyLeft);
    const type = this.#header[0];
    if (type === ALERT) this.#readAlert(view, at, length);
    else if (type === HANDSHAKE && !this.isEncrypted && !this.isTorn)
      this.#readHandshake(view, at, at + length);
    this.#bodyLeft -= length;
    return at + length;
  }

  /** An alert in clear has two bytes; an encrypted one is longer. */
  #readAlert(view: DataView, from: number, length: number): void {
    const recordLength = ((this.#header[3] as number) << 8) | (this.#header[4] as number);
    if (recordLength !== 2) return;
    for (let at = from; at < from + length; at++) {
      const byte = view.getUint8(at);
      if (this.#alertLevel < 0) this.#alertLevel = byte;
      else this.#sink.alert(this.#alertLevel, byte);
    }
  }

  #readHandshake(view: DataView, from: number, end: number): void {
    let at = from;
    while (at < end && !this.isTorn && !this.isEncrypted) {
      if (this.#messageHeaderBytes < 4) {
        this.#messageHeader[this.#messageHeaderBytes++] = view.getUint8(at);
        at++;
        if (this.#messageHeaderBytes === 4) this.#beginMessage();
        continue;
      }
      const length = Math.min(end - at, this.#messageLeft);
      this.#keep(view, at, length);
      at += length;
      this.#messageLeft -= length;
      if (this.#messageLeft === 0) this.#endMessage();
    }
  }

  #beginMessage(): void {
    const [type = 0, high = 0, middle = 0, low = 0] = this.#messageHeader;
    this.#messageLeft = (high << 16) | (middle << 8) | low;
    const length = READ_TYPES.has(type) ? Math.min(this.#messageLeft, MAX_KEPT_BYTES) : 0;
    this.#keptBytes = 0;
    this.#kept = length > 0 && this.#budget.take(length) ? new Uint8Array(length) : NOTHING;
    if (this.#messageLeft === 0) this.#endMessage();
  }

  #keep(view: DataView, at: number, length: number): void {
    const room = Math.min(length, this.#kept.length - this.#keptBytes);
    if (room <= 0) return;
    this.#kept.set(new Uint8Array(view.buffer, view.byteOffset + at, room), this.#keptBytes);
    this.#keptBytes += room;
  }

  #endMessage(): void {
    const body = this.#kept;
    const [type = 0] = this.#messageHeader;
    this.#dropMessage();
    this.#sink.handshake(type, body);
  }

  #dropMessage(): void {
    this.#budget.give(this.#kept.length);
    this.#kept = NOTHING;
    this.#keptBytes = 0;
    this.#messageHeaderBytes = 0;
    this.#messageLeft = 0;
  }
}

function isRecordHeader(type: number, major: number, length: number): boolean {
  return type >= CHANGE_CIPHER_SPEC && type <= HEARTBEAT && major === 3 && length <= MAX_RECORD_BYTES;
}
