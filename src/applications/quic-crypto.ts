import type { ByteBudget } from './byte-budget.ts';
import { readVariable } from './quic-initial.ts';

const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const ACK_WITH_ECN = 0x03;
const CRYPTO = 0x06;
const CLIENT_HELLO = 1;
/** Longest hello that is put together. */
const MAX_BYTES = 16_384;
/** Clients split a hello into a dozen pieces on purpose; more are not followed. */
const MAX_PIECES = 64;
/** RFC 9000 §19.3: more ranges than this no client sends at its start. */
const MAX_RANGES = 64;
const NOTHING = new Uint8Array(0);

/** Puts the CRYPTO frames of a client's Initial packets together to a ClientHello; they come in any order. */
export class QuicCrypto {
  readonly #budget: ByteBudget;
  #bytes: Uint8Array = NOTHING;
  /** Pieces that are here, as pairs of begin and end. */
  #pieces: (readonly [number, number])[] = [];
  #isReleased = false;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** Takes the frames of one packet; what follows a frame that is not known is not looked at. */
  take(frames: Uint8Array): void {
    const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
    const end = frames.length;
    for (let at = 0; at < end && !this.#isReleased;) {
      const type = frames[at] as number;
      if (type === PADDING || type === PING) at += 1;
      else if (type === ACK || type === ACK_WITH_ECN)
        at = behindAck(view, at + 1, end, type === ACK_WITH_ECN);
      else if (type === CRYPTO) at = this.#takePiece(frames, view, at + 1);
      else return;
    }
  }

  /** The body of the ClientHello once it is whole. */
  clientHello(): Uint8Array | undefined {
    const covered = this.#coveredFromStart();
    if (covered < 4 || this.#bytes[0] !== CLIENT_HELLO) return undefined;
    const length =
      ((this.#bytes[1] as number) << 16) | ((this.#bytes[2] as number) << 8) | (this.#bytes[3] as number);
    return covered < 4 + length ? undefined : this.#bytes.subarray(4, 4 + length);
  }

  /** Frees what is kept; nothing is taken any more. */
  release(): void {
    this.#budget.give(this.#bytes.length);
    this.#bytes = NOTHING;
    this.#pieces = [];
    this.#isReleased = true;
  }

  /** Gives the position behind the frame. */
  #takePiece(frames: Uint8Array, view: DataView, at: number): number {
    const end = frames.length;
    const offset = readVariable(view, at, end);
    const length = offset === undefined ? undefined : readVariable(view, offset.next, end);
    if (offset === undefined || length === undefined || length.next + length.value > end) return end;
    const pieceEnd = offset.value + length.value;
    if (pieceEnd <= MAX_BYTES && this.#pieces.length < MAX_PIECES && this.#reserve(pieceEnd)) {
      this.#bytes.set(frames.subarray(length.next, length.next + length.value), offset.value);
      this.#pieces.push([offset.value, pieceEnd]);
    }
    return length.next + length.value;
  }

  #reserve(lengthBytes: number): boolean {
    const more = lengthBytes - this.#bytes.length;
    if (more <= 0) return true;
    if (!this.#budget.take(more)) return false;
    const larger = new Uint8Array(lengthBytes);
    larger.set(this.#bytes);
    this.#bytes = larger;
    return true;
  }

  #coveredFromStart(): number {
    let covered = 0;
    for (const [from, end] of this.#pieces.toSorted((a, b) => a[0] - b[0])) {
      if (from > covered) break;
      covered = Math.max(covered, end);
    }
    return covered;
  }
}

/** RFC 9000 §19.3: largest, delay, range count, first range, then pairs; three counters more with ECN. */
function behindAck(view: DataView, start: number, end: number, hasEcn: boolean): number {
  let at = start;
  let left = 4;
  for (let field = 0; left > 0; field++) {
    const value = readVariable(view, at, end);
    if (value === undefined) return end;
    if (field === 2 && value.value > MAX_RANGES) return end;
    if (field === 2) left += value.value * 2 + (hasEcn ? 3 : 0);
    at = value.next;
    left--;
  }
  return at;
}
