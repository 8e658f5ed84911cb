import { errorPageLength } from '../applications/http1-error-page.ts';
import { beginsHead, EmptyLine, mayBeginHead, readHead } from '../applications/http1-head.ts';
import type { Http1Head } from '../applications/http1-head.ts';
import type { Packet } from '../dissect/packet.ts';

/** Longest head that is collected from several segments. */
const MAX_HEAD_BYTES = 16_384;

/** How far a segment was read. */
export interface HeadsRead {
  /** Bytes from the payload's begin that are kept. */
  readonly kept: number;
  /** Where reading ended. */
  readonly at: number;
  /** The next head will be looked for at the start of a segment. */
  readonly isOver: boolean;
}

/** Keeps the heads in one direction of an HTTP/1 connection, and of bodies only the words that proxies say. */
export class KeptHeads {
  readonly #emptyLine = new EmptyLine();
  /** The begin of a head that goes on in the next segment. */
  #partial: Uint8Array | undefined;
  #partialLength = 0;
  #bodyLeft = 0;
  /** Nothing of the body has come yet: if it was left out (HEAD, 304), a head comes instead. */
  #isAtBodyStart = false;

  /** Reads a segment from `from` on; what is to be blanked is added to `blanks`. */
  walk(packet: Packet, from: number, blanks: number[]): HeadsRead {
    const { view, payloadOffset: offset, payloadCaptured: captured } = packet;
    let kept = from;
    let at = from;
    while (at < captured) {
      const isHead = this.#partial !== undefined || beginsAnyHead(view, offset + at, offset + captured);
      if (this.#bodyLeft > 0 && !(this.#isAtBodyStart && isHead)) {
        const length = Math.min(this.#bodyLeft, captured - at);
        if (at >= kept) blanks.push(offset + at, length);
        else if (at + length > kept) blanks.push(offset + kept, at + length - kept);
        this.#bodyLeft -= length;
        this.#isAtBodyStart = false;
        at += length;
        continue;
      }
      this.#bodyLeft = 0;
      const byte = view.getUint8(offset + at);
      if (this.#partial === undefined && (byte === 0x0d || byte === 0x0a)) {
        at += 1;
        kept = at;
        continue;
      }
      if (!isHead && !goesOn(packet, at)) return { kept, at, isOver: true };
      const end = this.#emptyLine.find(view, offset + at, offset + captured);
      if (end < 0)
        return { kept: captured, at: captured, isOver: !this.#append(view, offset + at, offset + captured) };
      const head = this.#headUntil(view, offset + at, end);
      at = end - offset;
      kept = at;
      if (head === undefined) return { kept, at: captured, isOver: true };
      if (head.status >= 400) kept += errorPageLength({ view, offset, captured }, at);
      if (!this.#expectBody(head)) return { kept, at: head.status === 101 ? at : captured, isOver: true };
    }
    return { kept, at, isOver: false };
  }

  /** Steps over bytes that were not captured; false if they were not of a body. */
  skip(lengthBytes: number): boolean {
    if (lengthBytes > this.#bodyLeft) return false;
    this.#bodyLeft -= lengthBytes;
    this.#isAtBodyStart = false;
    return true;
  }

  /** False if where the message ends is not known. */
  #expectBody(head: Http1Head): boolean {
    const isEmpty =
      (head.status > 101 && head.status < 200) ||
      head.status === 100 ||
      head.status === 204 ||
      head.status === 304;
    if (head.status === 101 || (head.isChunked && !isEmpty)) return false;
    if (head.status >= 200 && !isEmpty && Number.isNaN(head.contentLength)) return false;
    this.#bodyLeft = isEmpty ? 0 : head.contentLength || 0;
    this.#isAtBodyStart = true;
    return true;
  }

  #append(view: DataView, from: number, end: number): boolean {
    this.#partial ??= new Uint8Array(MAX_HEAD_BYTES);
    const length = end - from;
    if (this.#partialLength + length > MAX_HEAD_BYTES) return false;
    this.#partial.set(new Uint8Array(view.buffer, view.byteOffset + from, length), this.#partialLength);
    this.#partialLength += length;
    return true;
  }

  #headUntil(view: DataView, from: number, end: number): Http1Head | undefined {
    if (this.#partial === undefined) return readHead(view, from, end);
    const fits = this.#append(view, from, end);
    const head = fits ? readHead(new DataView(this.#partial.buffer), 0, this.#partialLength) : undefined;
    this.#partial = undefined;
    this.#partialLength = 0;
    return head;
  }
}

/** Whether the segment ends within the first word of a head. */
function goesOn({ view, payloadOffset, payloadCaptured, payloadLength }: Packet, at: number): boolean {
  if (payloadCaptured < payloadLength) return false;
  const [from, end] = [payloadOffset + at, payloadOffset + payloadCaptured];
  return mayBeginHead(view, from, end, false) || mayBeginHead(view, from, end, true);
}

function beginsAnyHead(view: DataView, from: number, end: number): boolean {
  return beginsHead(view, from, end, false) || beginsHead(view, from, end, true);
}
