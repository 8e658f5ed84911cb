import type { Segment } from './application.ts';

/*
 * RFC 9112 §7.1:  chunks of  size (hexadecimal) [;extension] CR LF, data, CR LF;  the last has size 0, and trailer
 * lines and an empty line behind it.
 */

/** Longest size, and longest extension or trailer, that is taken for one. */
const MAX_SIZE_DIGITS = 12;
const MAX_LINE_BYTES = 8192;
const [CR, LF, SEMICOLON, SPACE, TAB] = [0x0d, 0x0a, 0x3b, 0x20, 0x09];

/** Steps over the chunks of one body without reading their data. */
export class ChunkedBody {
  /** The last chunk and its trailer were passed. */
  isComplete = false;
  #state: 'size' | 'extension' | 'data end' | 'trailer' = 'size';
  #size = 0;
  #digits = 0;
  #dataLeft = 0;
  #lineBytes = 0;
  #trailerBytes = 0;

  /** Takes what begins at `from`; gives the position behind it, -1 if it cannot be read or is no chunk. */
  take({ view, offset, captured, length }: Segment, from: number): number {
    let at = from;
    while (at < length && !this.isComplete) {
      const step = Math.min(this.#dataLeft, length - at);
      this.#dataLeft -= step;
      at += step;
      if (step > 0) continue;
      if (at >= captured || !this.#takeByte(view.getUint8(offset + at))) return -1;
      at++;
    }
    return at;
  }

  /** False: it does not belong there. */
  #takeByte(byte: number): boolean {
    switch (this.#state) {
      case 'size':
        return this.#takeSize(byte);
      case 'extension':
        if (byte === LF) this.#endSize();
        return ++this.#lineBytes < MAX_LINE_BYTES;
      case 'data end':
        if (byte === LF) this.#state = 'size';
        return byte === LF || byte === CR;
      case 'trailer':
        return this.#takeTrailer(byte);
    }
  }

  #takeSize(byte: number): boolean {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#size = this.#size * 16 + digit;
      return ++this.#digits <= MAX_SIZE_DIGITS;
    }
    if (this.#digits === 0) return false;
    if (byte === LF) this.#endSize();
    else if (byte === SEMICOLON || byte === SPACE || byte === TAB) this.#state = 'extension';
    else return byte === CR;
    return true;
  }

  #endSize(): void {
    this.#dataLeft = this.#size;
    this.#state = this.#size === 0 ? 'trailer' : 'data end';
    this.#size = 0;
    this.#digits = 0;
    this.#lineBytes = 0;
  }

  #takeTrailer(byte: number): boolean {
    if (byte === LF) {
      this.isComplete = this.#lineBytes === 0;
      this.#lineBytes = 0;
    } else if (byte !== CR) this.#lineBytes++;
    return ++this.#trailerBytes < MAX_LINE_BYTES;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
