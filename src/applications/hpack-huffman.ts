/** Length in bits of the code of each byte value (RFC 7541, Appendix B). The code is canonical: lengths say all. */
const CODE_LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];
const LONGEST_CODE = 30;
/** The symbol that ends a string; it must not be coded (RFC 7541 §5.2). */
const END_OF_STRING = 256;

/** Per code length: the first code, how many there are, and where their symbols stand. */
interface Lengths {
  readonly first: readonly number[];
  readonly count: readonly number[];
  readonly start: readonly number[];
  readonly symbols: readonly number[];
}

let lengths: Lengths | undefined;

function canonicalLengths(): Lengths {
  const [first, count, start, symbols]: [number[], number[], number[], number[]] = [[0], [0], [0], []];
  let code = 0;
  for (let length = 1; length <= LONGEST_CODE; length++) {
    code *= 2;
    const own = CODE_LENGTHS.flatMap((one, symbol) => (one === length ? [symbol] : []));
    first.push(code);
    count.push(own.length);
    start.push(symbols.length);
    symbols.push(...own);
    code += own.length;
  }
  return { first, count, start, symbols };
}

/**
 * Decodes a Huffman-coded string into `target`, as far as there is room, and gives its whole length; -1 if it is
 * coded wrongly.
 */
export function decodeHuffman(bytes: Uint8Array, from: number, end: number, target: Uint8Array): number {
  lengths ??= canonicalLengths();
  let length = 0;
  let code = 0;
  let bits = 0;
  for (let at = from; at < end; at++) {
    const byte = bytes[at] as number;
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + ((byte >>> bit) & 1);
      bits++;
      const offset = code - (lengths.first[bits] as number);
      if (offset < (lengths.count[bits] as number)) {
        const symbol = lengths.symbols[(lengths.start[bits] as number) + offset] as number;
        if (symbol === END_OF_STRING) return -1;
        if (length < target.length) target[length] = symbol;
        length++;
        code = 0;
        bits = 0;
      } else if (bits === LONGEST_CODE) return -1;
    }
  }
  // The rest is filled with ones, fewer than eight.
  return bits < 8 && code === 2 ** bits - 1 ? length : -1;
}
