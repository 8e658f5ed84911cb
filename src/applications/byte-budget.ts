/** Bytes of unfinished messages that the applications of one capture may keep, all conversations together. */
const BUDGET_BYTES = 16 << 20;

/** What is left of the memory that all applications of a capture share; whoever takes of it gives it back. */
export class ByteBudget {
  #left: number = BUDGET_BYTES;

  /** Reserves so many bytes; false: there are not as many left, nothing was reserved. */
  take(lengthBytes: number): boolean {
    if (lengthBytes > this.#left) return false;
    this.#left -= lengthBytes;
    return true;
  }

  /** Gives back what was reserved. */
  give(lengthBytes: number): void {
    this.#left += lengthBytes;
  }
}
