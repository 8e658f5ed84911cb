import type { Application, ApplicationProtocol, Segment } from './application.ts';
import type { ApplicationEvents } from './events.ts';
import { MessageReader } from './length-framing.ts';
import type { LengthFraming } from './length-framing.ts';

/*
 * A message of the server: type:8, length:32 (itself included), body. An ErrorResponse ('E') holds fields of one
 * letter and a text that ends with 0: S and V severity, C SQLSTATE, M words for people.
 */
const HEADER_BYTES = 5;
const ERROR = 0x45;
const AUTHENTICATION = 0x52;
/** Severity twice and SQLSTATE come first. */
const ERROR_BYTES = 48;
/** The kind of authentication that is asked for. */
const AUTHENTICATION_BYTES = 4;
const MAX_MESSAGE_BYTES = 0x4000_0000;
const LAST_AUTHENTICATION = 12;
/** Letters that a server's messages begin with (PostgreSQL's documentation, Message Formats). */
const TYPES: ReadonlySet<number> = new Set(
  Array.from('RSKZTDCENAIGHWVdcvtns123', (letter) => letter.charCodeAt(0)),
);

function lengthOf(header: ArrayLike<number>): number {
  const [, a = 0, b = 0, c = 0, d = 0] = Array.from(header);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** Messages of a PostgreSQL server. */
export const postgresqlFraming: LengthFraming = {
  headerBytes: HEADER_BYTES,
  read: (header) => {
    const length = lengthOf(header);
    if (!TYPES.has(header[0] as number) || length < 4 || length > MAX_MESSAGE_BYTES) return undefined;
    return {
      bodyBytes: length - 4,
      keptBytes: header[0] === ERROR ? ERROR_BYTES : header[0] === AUTHENTICATION ? AUTHENTICATION_BYTES : 0,
    };
  },
};

/** Whether a server's bytes are its first message: a request to authenticate, or an error. */
export function beginsPostgresql({
  view,
  offset,
  captured,
}: Pick<Segment, 'view' | 'offset' | 'captured'>): boolean {
  if (captured < HEADER_BYTES + 4) return false;
  const type = view.getUint8(offset);
  const length = view.getUint32(offset + 1);
  if (type === AUTHENTICATION)
    return length >= 8 && length <= 2048 && view.getUint32(offset + HEADER_BYTES) <= LAST_AUTHENTICATION;
  return type === ERROR && length >= 16 && length <= 4096 && view.getUint8(offset + HEADER_BYTES) === 0x53;
}

/** Follows what a PostgreSQL server says. Event: `application-error`. */
class PostgresqlConversation implements Application {
  readonly name = 'PostgreSQL';
  readonly #reader: MessageReader;
  readonly #events: ApplicationEvents;
  #timeNs = 0;
  #frame = 0;

  constructor(events: ApplicationEvents) {
    this.#events = events;
    this.#reader = new MessageReader(postgresqlFraming, (header, body) => {
      if (header[0] === ERROR) this.#error(body);
    });
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

  #error(body: Uint8Array): void {
    const fields = String.fromCharCode(...body).split('\0');
    const code = fields.find((field) => /^C[\dA-Z]{5}$/.test(field))?.slice(1);
    if (code === undefined) return;
    // V is the severity that is never translated (since 9.6).
    const severity =
      fields.find((field) => /^V[A-Z]{4,8}$/.test(field))?.slice(1) ??
      fields.find((field) => /^S[A-Z]{4,8}$/.test(field))?.slice(1) ??
      '';
    this.#events.note(
      'application-error',
      { protocol: 'PostgreSQL', code, state: code, severity },
      this.#timeNs,
      this.#timeNs,
      this.#frame,
    );
  }
}

/** PostgreSQL, from the server's first message on. */
export const postgresql: ApplicationProtocol = {
  name: 'PostgreSQL',
  transport: 'TCP',
  recognise: (segment) => segment.fromServer && !segment.afterGap && beginsPostgresql(segment),
  open: (events) => new PostgresqlConversation(events),
};
