import type { Application, ApplicationProtocol, Segment } from './application.ts';
import type { ApplicationEvents } from './events.ts';

/*
 * RESP: a command is "*" count CR LF "$" length CR LF …; an error is "-" and a word in capitals, then words for people.
 */
type Payload = Pick<Segment, 'view' | 'offset' | 'captured'>;

/** Errors that are known, the longer before the shorter. */
const ERRORS: readonly string[] = [
  '-ERR max number of clients reached',
  '-DENIED Redis is running in protected mode',
  ...[
    'NOAUTH',
    'WRONGPASS',
    'NOPERM',
    'LOADING',
    'READONLY',
    'CLUSTERDOWN',
    'MASTERDOWN',
    'MISCONF',
    'NOREPLICAS',
  ].map((word) => `-${word} `),
  ...['OOM', 'TRYAGAIN', 'BUSY', 'EXECABORT', 'WRONGTYPE', 'NOSCRIPT', 'MOVED', 'ASK', 'ERR'].map(
    (word) => `-${word} `,
  ),
];
/** Those that a server may say before its client has said anything. */
const REFUSALS = 2;
const [STAR, DOLLAR, MINUS, CR, LF] = [0x2a, 0x24, 0x2d, 0x0d, 0x0a];

/** Bytes of the head of a command, up to the sign behind its count; 0: it is none. */
export function redisCommandHead({ view, offset, captured }: Payload): number {
  if (captured < 5 || view.getUint8(offset) !== STAR) return 0;
  for (let at = 1; at < Math.min(captured - 2, 8); at++) {
    const byte = view.getUint8(offset + at);
    if (byte >= 0x30 && byte <= 0x39) continue;
    const isHead =
      at > 1 &&
      byte === CR &&
      view.getUint8(offset + at + 1) === LF &&
      view.getUint8(offset + at + 2) === DOLLAR;
    return isHead ? at + 3 : 0;
  }
  return 0;
}

/** The known error with which a reply begins, "" if it does not. */
export function redisError({ view, offset, captured }: Payload): string {
  if (captured < 5 || view.getUint8(offset) !== MINUS) return '';
  const matches = (text: string): boolean => {
    if (text.length > captured) return false;
    for (let at = 0; at < text.length; at++)
      if (view.getUint8(offset + at) !== text.charCodeAt(at)) return false;
    return true;
  };
  return ERRORS.find(matches) ?? '';
}

/** Looks for errors at the start of what a Redis server sends. Event: `application-error`. */
class RedisConversation implements Application {
  readonly name = 'Redis';
  readonly #events: ApplicationEvents;

  constructor(events: ApplicationEvents) {
    this.#events = events;
  }

  take(segment: Segment): void {
    if (!segment.fromServer) return;
    const error = redisError(segment);
    if (error === '') return;
    const fields = { protocol: 'Redis', code: error.slice(1).trimEnd(), state: '' };
    this.#events.note('application-error', fields, segment.timeNs, segment.timeNs, segment.frame);
  }

  end(): void {
    // What is unfinished is no error.
  }
}

/** Redis, from a command on, or from the error with which a server refuses a client at once. */
export const redis: ApplicationProtocol = {
  name: 'Redis',
  transport: 'TCP',
  recognise: (segment) =>
    segment.fromServer
      ? ERRORS.indexOf(redisError(segment) || 'none') >>> 0 < REFUSALS
      : redisCommandHead(segment) > 0,
  open: (events) => new RedisConversation(events),
};
