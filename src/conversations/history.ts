import { TcpFlag } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';
import { Word } from './conversation-record.ts';

/*
 * A TCP connection in one word: what its sides sent, each letter where it came first, upper case for the client, as in
 * Zeek's `history` (base/protocols/conn/main.zeek). Two rules differ: what Zeek writes again (a SYN, FIN or reset with
 * another sequence number, and in powers of ten the letters T and W) is written once here, and gaps and wrong
 * checksums are told of elsewhere.
 *
 * In a record: a word with the bits of the letters that came, whether the first packet was the server's, and how many
 * letters there are; then the letters in their order, six to a word.
 */

/** Letters by their number; the server's are {@link SERVER} more. */
const LETTERS = 'SHADFRTWIQ';
const SERVER = 16;
const BITS_OF_A_LETTER = 5;
const LETTERS_OF_A_WORD = 6;
/** Bits of one side: SYN and SYN-ACK share theirs, as a side sends one of them. */
const BITS_OF_A_SIDE = LETTERS.length - 1;
const FLIPPED = 1 << 18;
const COUNT_SHIFT = 19;
/** Different histories that a group keeps apart. */
const MAX_HISTORIES = 8;

/** Numbers of letters. */
export const Letter = {
  Syn: 0,
  SynAck: 1,
  Ack: 2,
  Data: 3,
  Fin: 4,
  Reset: 5,
  /** Data that was sent again. */
  SentAgain: 6,
  ZeroWindow: 7,
  FinWithReset: 8,
  SynWithOther: 9,
} as const;

/** Notes what a packet is in the record at `at`. */
export function notePacket(words: Int32Array, at: number, packet: Packet, fromServer: boolean): void {
  const letter = letterOf(packet.tcpFlags, packet.payloadLength);
  if (letter >= 0) noteLetter(words, at, letter, fromServer);
}

/** Notes a {@link Letter} of one side, unless that side has it already. */
export function noteLetter(words: Int32Array, at: number, letter: number, fromServer: boolean): void {
  const seen = words[at + Word.History] as number;
  const bit = 1 << ((letter === 0 ? 0 : letter - 1) + (fromServer ? BITS_OF_A_SIDE : 0));
  if ((seen & bit) !== 0) return;
  const count = seen >>> COUNT_SHIFT;
  const word = (count / LETTERS_OF_A_WORD) | 0;
  const to = at + Word.HistoryLetters + word;
  const shift = (count - word * LETTERS_OF_A_WORD) * BITS_OF_A_LETTER;
  words[to] = (words[to] as number) | ((fromServer ? letter + SERVER : letter) << shift);
  words[at + Word.History] = (seen | bit) + (1 << COUNT_SHIFT);
}

/** Notes that the client did not send the first packet that was captured. */
export function noteFlipped(words: Int32Array, at: number): void {
  words[at + Word.History] = (words[at + Word.History] as number) | FLIPPED;
}

function letterOf(flags: number, payloadLength: number): number {
  const special = flags & (TcpFlag.Syn | TcpFlag.Fin | TcpFlag.Rst);
  if (special === 0) {
    if (payloadLength > 0) return Letter.Data;
    return (flags & TcpFlag.Ack) === 0 ? -1 : Letter.Ack;
  }
  if (special === TcpFlag.Syn) return (flags & TcpFlag.Ack) === 0 ? Letter.Syn : Letter.SynAck;
  if (special === TcpFlag.Fin) return Letter.Fin;
  if (special === TcpFlag.Rst) return Letter.Reset;
  const isFinWithReset = (special & (TcpFlag.Fin | TcpFlag.Rst)) === (TcpFlag.Fin | TcpFlag.Rst);
  return isFinWithReset ? Letter.FinWithReset : Letter.SynWithOther;
}

/** The histories of a group's connections, the frequent ones kept apart. */
export class Histories {
  /** Four words of a history and how often it was seen, again and again. */
  readonly #entries: number[] = [];

  /** Counts the history in the four words from `at` on, seen so many times. */
  add(words: Int32Array, at: number, times: number): void {
    const entries = this.#entries;
    const seen = words[at] as number;
    const first = words[at + 1] as number;
    const second = words[at + 2] as number;
    const third = words[at + 3] as number;
    let rarest = 0;
    for (let entry = 0; entry < entries.length; entry += 5) {
      if (
        entries[entry] === seen &&
        entries[entry + 1] === first &&
        entries[entry + 2] === second &&
        entries[entry + 3] === third
      ) {
        entries[entry + 4] = (entries[entry + 4] as number) + times;
        return;
      }
      if ((entries[entry + 4] as number) < (entries[rarest + 4] as number)) rarest = entry;
    }
    if (entries.length < MAX_HISTORIES * 5) {
      entries.push(seen, first, second, third, times);
      return;
    }
    // The newcomer takes over the count (Metwally's Space-Saving): one that is frequent always gets in and stays.
    entries[rarest] = seen;
    entries[rarest + 1] = first;
    entries[rarest + 2] = second;
    entries[rarest + 3] = third;
    entries[rarest + 4] = (entries[rarest + 4] as number) + times;
  }

  /** The most frequent history, such as "ShADadFf" or "^hADadR"; null: there is none. */
  mostFrequent(): string | null {
    const entries = this.#entries;
    if (entries.length === 0) return null;
    let most = 0;
    for (let entry = 5; entry < entries.length; entry += 5)
      if ((entries[entry + 4] as number) > (entries[most + 4] as number)) most = entry;
    const [seen = 0, ...letters] = entries.slice(most, most + 4);
    return textOf(seen, letters);
  }
}

function textOf(seen: number, words: readonly number[]): string {
  let text = (seen & FLIPPED) === 0 ? '' : '^';
  for (let place = 0; place < seen >>> COUNT_SHIFT; place++) {
    const word = words[Math.floor(place / LETTERS_OF_A_WORD)] as number;
    const code = (word >>> ((place % LETTERS_OF_A_WORD) * BITS_OF_A_LETTER)) & 31;
    const letter = LETTERS.charAt(code % SERVER);
    text += code < SERVER ? letter : letter.toLowerCase();
  }
  return text;
}
