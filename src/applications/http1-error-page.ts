import type { Segment } from './application.ts';

/** How far into a body the words are looked for. */
const LOOKED_AT_BYTES = 512;

/** What proxies say in an answer of their own when their upstream is at fault (Envoy). */
const UPSTREAM_WORDS: readonly string[] = [
  'upstream connect error',
  'no healthy upstream',
  'upstream request timeout',
];
/** How servers answer to HTTP on a port for TLS: nginx, Go, Apache. */
const TLS_PORT_WORDS: readonly string[] = [
  'plain HTTP request was sent to HTTPS port',
  'Client sent an HTTP request to an HTTPS server',
  'speaking plain HTTP to an SSL-enabled server port',
];

/** A proxy's own words at the start of the body of an error, "" if it says nothing known. */
export function errorPageWords(segment: Segment, bodyAt: number): string {
  return UPSTREAM_WORDS[wordsIn(segment, bodyAt, UPSTREAM_WORDS).which] ?? '';
}

/** Whether the body says that the port is one for TLS. */
export function toTlsPort(segment: Segment, bodyAt: number): boolean {
  return wordsIn(segment, bodyAt, TLS_PORT_WORDS).which >= 0;
}

/** Bytes from the body's start up to the end of such words, 0 if there are none in sight. */
export function errorPageLength(
  segment: Pick<Segment, 'view' | 'offset' | 'captured'>,
  bodyAt: number,
): number {
  return Math.max(wordsIn(segment, bodyAt, UPSTREAM_WORDS).end, wordsIn(segment, bodyAt, TLS_PORT_WORDS).end);
}

function wordsIn(
  { view, offset, captured }: Pick<Segment, 'view' | 'offset' | 'captured'>,
  bodyAt: number,
  all: readonly string[],
): { readonly which: number; readonly end: number } {
  const length = Math.min(captured - bodyAt, LOOKED_AT_BYTES);
  if (length <= 0) return { which: -1, end: 0 };
  let text = '';
  for (let at = 0; at < length; at++) text += String.fromCharCode(view.getUint8(offset + bodyAt + at));
  for (const [which, words] of all.entries()) {
    const found = text.indexOf(words);
    if (found >= 0) return { which, end: found + words.length };
  }
  return { which: -1, end: 0 };
}
