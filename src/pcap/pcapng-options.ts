import { noteDamage } from './format.ts';
import type { ParserContext } from './format.ts';

/*
 * Options at the end of a pcapng block (draft-ietf-opsawg-pcapng §3.5): code:16 length:16 value padded to 32 bits,
 * ended by an option of code 0 or by the end of the block.
 */

/** Codes of options; those beyond the comment mean something else in each type of block. */
export const OptionCode = {
  End: 0,
  Comment: 1,
  InterfaceName: 2,
  InterfaceDrops: 5,
  SystemDrops: 7,
  TimestampResolution: 9,
  TimestampOffset: 14,
} as const;

/** Codes below this are remembered by {@link PcapngOptions}. */
const KNOWN_CODES = 16;
/** Names of interfaces have 15 bytes in Linux, and a path in Windows. */
const MAX_TEXT_BYTES = 128;

/** The options of the block that was walked last; reused for all blocks. */
export class PcapngOptions {
  readonly #context: ParserContext;
  /** Where the value of each known code begins, 0: the block has none; and its length. */
  readonly #at = new Int32Array(KNOWN_CODES);
  readonly #lengths = new Int32Array(KNOWN_CODES);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #littleEndian = true;

  constructor(context: ParserContext) {
    this.#context = context;
  }

  /**
   * Reads the options in `view[from, end)`, whose first byte has the file offset `base`; comments are kept as those
   * of `frame`. An option that leaves its block is damage and ends the walk; of several with one code the last counts.
   */
  walk(view: DataView, from: number, end: number, base: number, littleEndian: boolean, frame = 0): void {
    this.#view = view;
    this.#littleEndian = littleEndian;
    this.#at.fill(0);
    let at = from;
    while (end - at >= 4) {
      const code = view.getUint16(at, littleEndian);
      const length = view.getUint16(at + 2, littleEndian);
      if (code === OptionCode.End) return;
      if (at + 4 + length > end) {
        noteDamage(this.#context, base + at, `an option of ${length} bytes does not fit into its block`);
        return;
      }
      if (code === OptionCode.Comment) this.#context.remarks.comment(frame, view, at + 4, at + 4 + length);
      if (code < KNOWN_CODES) {
        this.#at[code] = at + 4;
        this.#lengths[code] = length;
      }
      at += 4 + ((length + 3) & ~3);
    }
  }

  /** The first byte of an option's value; undefined: the block has no such option. */
  byte(code: number): number | undefined {
    const at = this.#at[code] as number;
    return at === 0 || (this.#lengths[code] as number) < 1 ? undefined : this.#view.getUint8(at);
  }

  /** A signed value of 64 bits; undefined: the block has no such option of that length. */
  int64(code: number): bigint | undefined {
    const at = this.#at[code] as number;
    return at === 0 || this.#lengths[code] !== 8 ? undefined : this.#view.getBigInt64(at, this.#littleEndian);
  }

  /** The bytes of an option's value as Latin-1, to compare with; empty: the block has no such option. */
  text(code: number): string {
    const at = this.#at[code] as number;
    if (at === 0) return '';
    const length = Math.min(this.#lengths[code] as number, MAX_TEXT_BYTES);
    let text = '';
    for (let i = 0; i < length; i++) text += String.fromCharCode(this.#view.getUint8(at + i));
    return text;
  }
}
