/*
 * What a pcapng capture says beside its packets (draft-ietf-opsawg-pcapng §3.5, §4.5): comments on the capture, an
 * interface or a packet, and names of addresses. Both are the words of whoever wrote the capture.
 */

/** Most comments and names that are kept, and the longest; a hostile capture may hold any number. */
const MAX_COMMENTS = 64;
const MAX_NAMES = 4096;
const MAX_TEXT_BYTES = 1024;

/** A comment in a capture. */
export interface CaptureComment {
  /** Frame number (1-based) of the packet that it is about; 0: it is about the capture or an interface. */
  readonly frame: number;
  readonly text: string;
}

/** "frame 12: …", the text alone where it is about no packet. */
export function commentText({ frame, text }: CaptureComment): string {
  return frame === 0 ? text : `frame ${frame}: ${text}`;
}

/** A name that the capture gives an address. */
export interface GivenName {
  /** IP version; the address is four words in network order, IPv4 in the first. */
  readonly version: 4 | 6;
  readonly words: readonly [number, number, number, number];
  readonly name: string;
}

/** The comments and names of one capture, bounded. */
export class CaptureRemarks {
  readonly comments: CaptureComment[] = [];
  readonly names: GivenName[] = [];

  /** Keeps a comment: UTF-8 in `view[from, to)`. */
  comment(frame: number, view: DataView, from: number, to: number): void {
    if (this.comments.length >= MAX_COMMENTS) return;
    const text = utf8(view, from, Math.min(to, from + MAX_TEXT_BYTES)).trim();
    if (text !== '') this.comments.push({ frame, text });
  }

  /**
   * Reads the records of a Name Resolution Block in `view[from, to)`: type:16 length:16 address names, each name
   * ended by a zero, padded to 32 bits; a record of type 0 ends them.
   */
  readNames(view: DataView, from: number, to: number, littleEndian: boolean): void {
    for (let at = from; to - at >= 4;) {
      const type = view.getUint16(at, littleEndian);
      const length = view.getUint16(at + 2, littleEndian);
      const value = at + 4;
      if (type === RECORD_END || value + length > to) return;
      if (type === RECORD_IPV4 && length > 4)
        this.#add(4, [view.getInt32(value), 0, 0, 0], view, value + 4, value + length);
      if (type === RECORD_IPV6 && length > 16) {
        const word = (index: number): number => view.getInt32(value + index * 4);
        this.#add(6, [word(0), word(1), word(2), word(3)], view, value + 16, value + length);
      }
      at = value + ((length + 3) & ~3);
    }
  }

  #add(version: 4 | 6, words: GivenName['words'], view: DataView, from: number, to: number): void {
    for (const name of utf8(view, from, Math.min(to, from + MAX_TEXT_BYTES)).split('\0')) {
      if (name !== '' && this.names.length < MAX_NAMES) this.names.push({ version, words, name });
    }
  }
}

const RECORD_END = 0;
const RECORD_IPV4 = 1;
const RECORD_IPV6 = 2;

const decoder = new TextDecoder();

function utf8(view: DataView, from: number, to: number): string {
  return decoder.decode(new Uint8Array(view.buffer, view.byteOffset + from, to - from));
}
