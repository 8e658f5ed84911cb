import type { Ending } from './application.ts';
import type { ApplicationEvents, EventFields } from './events.ts';

/** Longer than this is slow for a request inside a cluster. */
const SLOW_NS = 1e9;
/** Without a response for so long, with nothing closed: nobody answers any more. */
const SILENCE_NS = 10e9;
/** A client that closes earlier has changed its mind. */
const PATIENCE_NS = 1e9;
/** With so many different events in a group, paths and hosts are not told apart any more. */
const CROWDED = 160;
const MAX_PATH_CHARACTERS = 200;

/** What a request that waits for its response takes of the memory that applications share. */
export const REQUEST_BYTES: number = 1024;

/** A request as the events describe it. */
export interface HttpRequest {
  readonly method: string;
  readonly host: string;
  /** As {@link pathTemplate} gives it. */
  readonly path: string;
  /** Sent by a kubelet. */
  readonly isProbe: boolean;
  /** Frame and time of its first byte. */
  readonly frame: number;
  readonly beginNs: number;
  /** Its answer may come whenever there is something to say: streams of events, upgrades, tunnels. */
  readonly mayTakeLong: boolean;
  /** Time of its last byte so far. */
  endNs: number;
  /** All of it was seen. */
  isComplete: boolean;
}

/** What answered it. */
export interface HttpResponse {
  readonly status: number;
  /** What its maker calls itself, if it is an error. */
  readonly server: string;
  /** A proxy's own words in the body, "" if there are none. */
  readonly says: string;
  readonly frame: number;
  readonly beginNs: number;
}

/** Notes a request with its response; `request` is undefined if it was not captured. */
export function noteExchange(
  events: ApplicationEvents,
  request: HttpRequest | undefined,
  response: HttpResponse,
): void {
  const { status, server, says, frame, beginNs } = response;
  const error =
    status < 500 ? {} : { ...(server === '' ? {} : { server }), ...(says === '' ? {} : { says }) };
  const fields = { ...describe(events, request), status, ...error };
  if (request === undefined) {
    events.note('http-exchange', fields, beginNs, beginNs, frame);
    return;
  }
  const durationNs = Math.max(0, beginNs - request.endNs);
  events.note('http-exchange', fields, request.beginNs, beginNs, request.frame, frame, durationNs);
  if (durationNs < SLOW_NS || request.mayTakeLong) return;
  events.note(
    'http-slow',
    describe(events, request),
    request.beginNs,
    beginNs,
    request.frame,
    frame,
    durationNs,
  );
}

/** Notes a complete request whose connection ended, or fell silent, before a response came. */
export function noteUnanswered(events: ApplicationEvents, request: HttpRequest, ending: Ending): void {
  const { how, resetFrame, closedNs, endNs } = ending;
  if (!request.isComplete || request.mayTakeLong || !ending.lossless) return;
  const waitedNs = (how === 'open' ? endNs : closedNs) - request.endNs;
  const closedByServer = how === 'reset-by-server' || (how === 'fin' && ending.serverFin);
  if (how === 'open' && (!ending.clientAcked || waitedNs < SILENCE_NS)) return;
  if (how !== 'open' && !closedByServer && waitedNs < PATIENCE_NS) return;
  const ended = how === 'open' ? 'silent' : closedByServer ? (how === 'fin' ? 'closed' : 'reset') : 'gave up';
  const fields = { ...describe(events, request), ended };
  events.note(
    'http-no-response',
    fields,
    request.beginNs,
    request.endNs + waitedNs,
    request.frame,
    resetFrame,
    waitedNs,
  );
}

/** Fields that name a request, bounded in number by the group's events. */
export function describe(events: ApplicationEvents, request: HttpRequest | undefined): EventFields {
  if (request === undefined) return { method: '', host: '', path: '' };
  const { method, host, path, isProbe } = request;
  const probe = isProbe ? { probe: 1 } : {};
  return events.all.size < CROWDED
    ? { method, host, path, ...probe }
    : { method, host: '', path: '', ...probe };
}

/**
 * A path without what differs from request to request: the query is cut off; numbers, UUIDs and long
 * hexadecimal or random words become "{n}".
 */
export function pathTemplate(target: string): string {
  const bounded = target.slice(0, 512);
  const scheme = bounded.indexOf('://');
  const isAbsolute = scheme > 0 && scheme < 8 && !bounded.startsWith('/');
  const slash = isAbsolute ? bounded.indexOf('/', scheme + 3) : 0;
  const path = slash < 0 ? '/' : bounded.slice(slash);
  const end = path.search(/[?#]/);
  return (end < 0 ? path : path.slice(0, end)).split('/').map(word).join('/').slice(0, MAX_PATH_CHARACTERS);
}

function word(part: string): string {
  if (/^\d+$/.test(part)) return '{n}';
  if (!/\d/.test(part)) return part;
  const isHex = part.length >= 8 && /^[\da-f-]+$/i.test(part);
  const isRandom = part.length >= 20 && /^[\w+=~-]+$/.test(part);
  return isHex || isRandom ? '{n}' : part;
}
