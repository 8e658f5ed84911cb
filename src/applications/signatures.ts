import type { FirstBytes } from './application.ts';

/** What the first bytes of a direction look like, in words that findings print; "" is unknown. */
export type Signature =
  | 'TLS ClientHello'
  | 'TLS ServerHello'
  | 'TLS alert'
  | 'HTTP/2 preface'
  | 'HTTP/1 request'
  | 'HTTP/1 response'
  | 'HTML'
  | 'SSH banner'
  | 'SMTP or FTP greeting'
  | 'POP3 greeting'
  | 'IMAP greeting'
  | 'MySQL greeting'
  | '';

/** Longest start of a direction that is looked at: a method and its space, a banner's first word. */
const LOOKED_AT_BYTES = 24;

/** Starts that are text; the longer stand before the shorter. */
const TEXTS: readonly (readonly [string, Signature])[] = [
  ['PRI * HTTP/2.0', 'HTTP/2 preface'],
  ['HTTP/1.', 'HTTP/1 response'],
  ['SSH-2.0-', 'SSH banner'],
  ['SSH-1.', 'SSH banner'],
  ['220 ', 'SMTP or FTP greeting'],
  ['220-', 'SMTP or FTP greeting'],
  ['+OK ', 'POP3 greeting'],
  ['* OK ', 'IMAP greeting'],
  ['* OK[', 'IMAP greeting'],
  ['<!DOCTYPE', 'HTML'],
  ['<!doctype', 'HTML'],
  ['<HTML', 'HTML'],
  ['<html', 'HTML'],
  // RFC 9110 §9.3, RFC 5789.
  ['GET ', 'HTTP/1 request'],
  ['HEAD ', 'HTTP/1 request'],
  ['POST ', 'HTTP/1 request'],
  ['PUT ', 'HTTP/1 request'],
  ['DELETE ', 'HTTP/1 request'],
  ['CONNECT ', 'HTTP/1 request'],
  ['OPTIONS ', 'HTTP/1 request'],
  ['TRACE ', 'HTTP/1 request'],
  ['PATCH ', 'HTTP/1 request'],
];

/** First byte of each of {@link TEXTS}, so that binary payload costs one look. */
const FIRST_BYTES: ReadonlySet<number> = new Set(TEXTS.map(([text]) => text.charCodeAt(0)));

/** Names what the first bytes of a direction look like, by content alone. Reads nothing behind `captured`. */
export function signatureOf(segment: FirstBytes): Signature {
  const { view, offset } = segment;
  const length = Math.min(segment.captured, LOOKED_AT_BYTES);
  if (length < 4) return '';
  const first = view.getUint8(offset);
  // The first byte of MySQL's greeting is its length, which may be any letter.
  const text = FIRST_BYTES.has(first) ? textOf(segment, length) : undefined;
  if (text !== undefined) return text[1];
  if (first === 22 || first === 21) return tlsSignature(segment, length);
  return isMysqlGreeting(segment, length) ? 'MySQL greeting' : '';
}

/** How many of the first bytes {@link signatureOf} needs to find a text; 0: there is none. */
export function signatureBytes(segment: FirstBytes): number {
  return textOf(segment, Math.min(segment.captured, LOOKED_AT_BYTES))?.[0].length ?? 0;
}

function textOf(segment: FirstBytes, length: number): readonly [string, Signature] | undefined {
  return TEXTS.find(([start]) => startsWith(segment, start, length));
}

function startsWith({ view, offset }: FirstBytes, text: string, length: number): boolean {
  if (text.length > length) return false;
  for (let at = 0; at < text.length; at++)
    if (view.getUint8(offset + at) !== text.charCodeAt(at)) return false;
  return true;
}

/** RFC 8446 §5.1: content type, version 3.0 … 3.4, length; then the handshake's type, or an alert's level. */
function tlsSignature({ view, offset }: FirstBytes, length: number): Signature {
  if (length < 5) return '';
  const recordLength = view.getUint16(offset + 3);
  if (view.getUint8(offset + 1) !== 3 || view.getUint8(offset + 2) > 4) return '';
  if (view.getUint8(offset) === 21) {
    const isAlert =
      recordLength === 2 &&
      length >= 7 &&
      (view.getUint8(offset + 5) === 1 || view.getUint8(offset + 5) === 2);
    return isAlert ? 'TLS alert' : '';
  }
  if (recordLength < 4 || recordLength > 0x4000) return '';
  // Some send the header alone first; a server's hello is never cut so.
  if (length === 5) return 'TLS ClientHello';
  if (length < 7) return view.getUint8(offset + 5) === 1 ? 'TLS ClientHello' : '';
  // The handshake's length has three bytes; a hello's first is 0.
  if (view.getUint8(offset + 6) !== 0) return '';
  const type = view.getUint8(offset + 5);
  return type === 1 ? 'TLS ClientHello' : type === 2 ? 'TLS ServerHello' : '';
}

/** Three bytes of length (little-endian), sequence 0, protocol 10, then a version that begins with a digit. */
function isMysqlGreeting({ view, offset }: FirstBytes, length: number): boolean {
  if (length < 7 || view.getUint8(offset + 2) !== 0 || view.getUint8(offset + 3) !== 0) return false;
  const digit = view.getUint8(offset + 5);
  return view.getUint8(offset) >= 40 && view.getUint8(offset + 4) === 10 && digit >= 0x30 && digit <= 0x39;
}
