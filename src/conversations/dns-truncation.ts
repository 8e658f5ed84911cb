import { Tally } from './samples.ts';

/** A resolver asks again over TCP at once (RFC 7766 §5); after this time it will not. */
const RETRY_NS = 2e9;

/** Whether answers that did not fit into a datagram (TC) are asked for again over TCP, for one name and type. */
export class DnsTruncation {
  answers = 0;
  /** Answers after which no query over TCP and no whole answer came. */
  readonly unresolved: Tally = new Tally();
  /** When the answer came that is not resolved yet, NaN if there is none. */
  #sinceNs = Number.NaN;
  #queryFrame = 0;
  #answerFrame = 0;

  /** An answer was cut short. */
  cut(timeNs: number, queryFrame: number, answerFrame: number): void {
    this.answers++;
    this.end(timeNs);
    if (!Number.isNaN(this.#sinceNs)) return;
    this.#sinceNs = timeNs;
    this.#queryFrame = queryFrame;
    this.#answerFrame = answerFrame;
  }

  /** The name was asked for over TCP, or a whole answer came. */
  resolve(timeNs: number): void {
    this.end(timeNs);
    this.#sinceNs = Number.NaN;
  }

  /** Judges the answer that is not resolved by now. */
  end(nowNs: number): void {
    if (!(nowNs - this.#sinceNs >= RETRY_NS)) return;
    this.unresolved.add(this.#sinceNs, this.#sinceNs, this.#queryFrame, this.#answerFrame);
    this.#sinceNs = Number.NaN;
  }
}
