import type { Application, ApplicationProtocol, Segment } from './application.ts';
import type { ApplicationEvents } from './events.ts';
import { MessageReader } from './length-framing.ts';
import type { LengthFraming } from './length-framing.ts';
import { signatureOf } from './signatures.ts';
import { textOf } from './text.ts';

/*
 * A packet: length:24 (little-endian), sequence:8, payload. An ERR packet's payload: 0xff, code:16 (little-endian),
 * '#' and five characters of SQLSTATE, then words for people.
 */
const ERR = 0xff;
const HEADER_BYTES = 5;
const PROTOCOL_VERSION = 10;
/** Of the server's version, by which a greeting is known. */
const GREETING_BYTES = 2;
/** Code, '#' and SQLSTATE. */
const ERR_BYTES = 8;
const FIRST_CODE = 1000;
const MAX_ERR_BYTES = 1024;

/** Packets of MySQL's protocol; the header is taken with the first byte of the payload. */
export const mysqlFraming: LengthFraming = {
  headerBytes: HEADER_BYTES,
  read: (header) => {
    const [a = 0, b = 0, c = 0, sequence, first] = Array.from(header);
    const length = a | (b << 8) | (c << 16);
    if (length === 0) return undefined;
    const isGreeting = sequence === 0 && first === PROTOCOL_VERSION;
    return { bodyBytes: length - 1, keptBytes: first === ERR ? ERR_BYTES : isGreeting ? GREETING_BYTES : 0 };
  },
};

/** Whether a server's first bytes are MySQL's greeting, or the error with which it refuses a client at once. */
export function beginsMysql(segment: Pick<Segment, 'view' | 'offset' | 'captured' | 'length'>): boolean {
  const { view, offset, captured, length } = segment;
  if (signatureOf(segment) === 'MySQL greeting') return true;
  if (captured < HEADER_BYTES + 2 || view.getUint16(offset + 2) !== 0 || view.getUint8(offset + 4) !== ERR)
    return false;
  const code = view.getUint16(offset + 5, true);
  const isWhole = view.getUint16(offset, true) === length - 4;
  return isWhole && length <= MAX_ERR_BYTES && code >= FIRST_CODE && code < 2 * FIRST_CODE;
}

/** Follows what a MySQL server says. Event: `application-error`. */
class MysqlConversation implements Application {
  readonly name = 'MySQL';
  readonly #reader: MessageReader;
  readonly #events: ApplicationEvents;
  #timeNs = 0;
  #frame = 0;

  constructor(events: ApplicationEvents) {
    this.#events = events;
    this.#reader = new MessageReader(mysqlFraming, (header, body) => this.#error(header, body));
  }

  take(segment: Segment): void {
    if (!segment.fromServer) return;
    this.#timeNs = segment.timeNs;
    this.#frame = segment.frame;
    this.#reader.segment(segment);
  }

  end(): void {
    // What is unfinished is no error.
  }

  #error(header: Uint8Array, body: Uint8Array): void {
    if (body.length < ERR_BYTES) return;
    const view = new DataView(body.buffer, body.byteOffset);
    const code = view.getUint16(0, true);
    const state = textOf(view, 3, ERR_BYTES);
    const hasState = view.getUint8(2) === 0x23 && /^[\dA-Z]{5}$/.test(state);
    // Before the client has said what it understands the state is left out.
    if (code < FIRST_CODE || (!hasState && header[3] !== 0)) return;
    const fields = { protocol: 'MySQL', code: String(code), state: hasState ? state : '' };
    this.#events.note('application-error', fields, this.#timeNs, this.#timeNs, this.#frame);
  }
}

/** MySQL and MariaDB, from the server's greeting on. */
export const mysql: ApplicationProtocol = {
  name: 'MySQL',
  transport: 'TCP',
  recognise: (segment) => segment.fromServer && !segment.afterGap && beginsMysql(segment),
  open: (events) => new MysqlConversation(events),
};
