import { textOf } from './text.ts';

/*
 * RFC 9112 §2.1: a start line, header lines, an empty line. Lines end with CR LF; a bare LF is accepted.
 */

/** What the head of an HTTP/1 message says, as far as anybody judges it. */
export interface Http1Head {
  /** "" in a response. */
  readonly method: string;
  /** Request target as sent, at most 512 characters. */
  readonly target: string;
  /** 0 in a request. */
  readonly status: number;
  host: string;
  server: string;
  /** First word of User-Agent is that of the kubelet's probes. */
  isProbe: boolean;
  /** NaN: none was given. */
  contentLength: number;
  isChunked: boolean;
  /** Protocol that is asked for or switched to, lower case, "" if none. */
  upgrade: string;
  /** The client wants a stream of events. */
  wantsEvents: boolean;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
/** Methods are short; the longest registered has 17 letters. */
const MAX_METHOD_BYTES = 20;
const MAX_TARGET_BYTES = 512;
const MAX_VALUE_BYTES = 200;

/** Whether a message starts here: a method in capitals and its space, or "HTTP/1.". Reads nothing behind `end`. */
export function beginsHead(view: DataView, from: number, end: number, isResponse: boolean): boolean {
  if (isResponse) return startsWith(view, from, end, 'http/1.');
  const methodEnd = endOfMethod(view, from, end);
  if (methodEnd < 0 || methodEnd + 1 >= end) return false;
  const target = view.getUint8(methodEnd + 1);
  // origin-form, asterisk-form, absolute-form and authority-form (RFC 9112 §3.2).
  const isTarget = target === 0x2f || target === 0x2a || (target > SPACE && methodEnd - from === 7);
  if (!isTarget && !startsWith(view, methodEnd + 1, end, 'http')) return false;
  const lineEnd = lineEndFrom(view, methodEnd, end);
  return lineEnd < 0 || versionStart(view, methodEnd, lineEnd) > 0;
}

/** Whether these bytes are all of a segment's end and could be the first word of a head that goes on in the next. */
export function mayBeginHead(view: DataView, from: number, end: number, isResponse: boolean): boolean {
  const length = end - from;
  if (isResponse) return length < 7 && startsWith(view, from, end, 'http/1.'.slice(0, length));
  if (length > MAX_METHOD_BYTES) return false;
  for (let at = from; at < end; at++) {
    const byte = view.getUint8(at);
    if ((byte < 0x41 || byte > 0x5a) && !(byte === SPACE && at === end - 1)) return false;
  }
  return true;
}

function endOfMethod(view: DataView, from: number, end: number): number {
  const most = Math.min(end, from + MAX_METHOD_BYTES);
  for (let at = from; at < most; at++) {
    const byte = view.getUint8(at);
    if (byte === SPACE) return at - from >= 3 ? at : -1;
    if (byte < 0x41 || byte > 0x5a) return -1;
  }
  return -1;
}

/** Position of the LF, -1 if there is none. */
function lineEndFrom(view: DataView, from: number, end: number): number {
  for (let at = from; at < end; at++) if (view.getUint8(at) === LF) return at;
  return -1;
}

/** Position of "HTTP/1.x" at the end of a request line, -1 if the line ends in another way. */
function versionStart(view: DataView, from: number, lineEnd: number): number {
  const end = lineEnd > from && view.getUint8(lineEnd - 1) === CR ? lineEnd - 1 : lineEnd;
  const at = end - 8;
  return at > from && view.getUint8(at - 1) === SPACE && startsWith(view, at, end, 'http/1.') ? at : -1;
}

/** Compares without regard to case; `text` is lower case. */
function startsWith(view: DataView, from: number, end: number, text: string): boolean {
  if (from + text.length > end) return false;
  for (let at = 0; at < text.length; at++) {
    const wanted = text.charCodeAt(at);
    const byte = view.getUint8(from + at);
    if ((byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) !== wanted) return false;
  }
  return true;
}

/** Reads a head between two positions; the last line may be cut. Must begin as {@link beginsHead} says. */
export function readHead(view: DataView, from: number, end: number): Http1Head {
  const found = lineEndFrom(view, from, end);
  const lineEnd = found < 0 ? end : found;
  const head = startLine(view, from, lineEnd);
  for (let at = lineEnd + 1; at < end;) {
    const next = lineEndFrom(view, at, end);
    const valueEnd = next < 0 ? end : next;
    readLine(head, view, at, valueEnd);
    at = valueEnd + 1;
  }
  return head;
}

function startLine(view: DataView, from: number, lineEnd: number): Http1Head {
  const isResponse = startsWith(view, from, lineEnd, 'http/1.');
  const methodEnd = isResponse ? -1 : endOfMethod(view, from, lineEnd);
  const version = methodEnd < 0 ? -1 : versionStart(view, methodEnd, lineEnd);
  const targetEnd = Math.min(version < 0 ? lineEnd : version - 1, methodEnd + 1 + MAX_TARGET_BYTES);
  const status = isResponse
    ? Number(textOf(view, Math.min(from + 9, lineEnd), Math.min(from + 12, lineEnd)))
    : 0;
  return {
    method: methodEnd < 0 ? '' : textOf(view, from, methodEnd),
    target: methodEnd < 0 ? '' : textOf(view, methodEnd + 1, targetEnd),
    status: status >= 100 && status <= 999 ? status : 0,
    host: '',
    server: '',
    isProbe: false,
    contentLength: Number.NaN,
    isChunked: false,
    upgrade: '',
    wantsEvents: false,
  };
}

/** Looks at one header line, by its first letter: most lines are of no interest. */
function readLine(head: Http1Head, view: DataView, at: number, end: number): void {
  if (at >= end) return;
  /** Where the value of a field of that name starts; -1: it is another field. */
  const value = (name: string): number =>
    startsWith(view, at, end, name) ? skipSpaces(view, at + name.length, end) : -1;
  let from: number;
  switch (view.getUint8(at) | 0x20) {
    case 0x61:
      from = value('accept:');
      if (from > 0 && startsWith(view, from, end, 'text/event-stream')) head.wantsEvents = true;
      return;
    case 0x63:
      from = value('content-length:');
      if (from > 0) head.contentLength = lengthIn(valueText(view, from, end));
      return;
    case 0x68:
      from = value('host:');
      if (from > 0 && head.host === '') head.host = valueText(view, from, end).toLowerCase();
      return;
    case 0x73:
      // Who answers matters only if it is an error.
      from = head.status >= 500 ? value('server:') : -1;
      if (from > 0 && head.server === '') head.server = valueText(view, from, end);
      return;
    case 0x74:
      if (value('transfer-encoding:') > 0) head.isChunked = true;
      return;
    case 0x75:
      from = value('user-agent:');
      if (from > 0 && startsWith(view, from, end, 'kube-probe/')) head.isProbe = true;
      from = value('upgrade:');
      if (from > 0 && head.upgrade === '') head.upgrade = valueText(view, from, end).toLowerCase();
      return;
    default:
  }
}

function lengthIn(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

function skipSpaces(view: DataView, from: number, end: number): number {
  let at = from;
  while (at < end && (view.getUint8(at) === SPACE || view.getUint8(at) === 0x09)) at++;
  return at;
}

function valueText(view: DataView, from: number, end: number): string {
  return textOf(view, from, Math.min(end, from + MAX_VALUE_BYTES)).trimEnd();
}

/** Finds the empty line that ends a head, over several pieces. */
export class EmptyLine {
  #atLineStart = false;

  /** Forgets the pieces so far. */
  reset(): void {
    this.#atLineStart = false;
  }

  /** Position behind the empty line, -1 if it is not in this piece. */
  find(view: DataView, from: number, end: number): number {
    let atLineStart = this.#atLineStart;
    for (let at = from; at < end; at++) {
      const byte = view.getUint8(at);
      if (byte === LF) {
        if (atLineStart) {
          this.#atLineStart = false;
          return at + 1;
        }
        atLineStart = true;
      } else if (byte !== CR) atLineStart = false;
    }
    this.#atLineStart = atLineStart;
    return -1;
  }
}
