import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { FirstBytes } from './application.ts';

/*
 * RFC 9000 §17.2.2, RFC 9369:
 * 11TTRRPP version:32 dcidLength:8 dcid scidLength:8 scid tokenLength:i token length:i packetNumber payload
 */

export const QUIC_V1 = 1;
export const QUIC_V2 = 0x6b33_43cf;
/** RFC 9000 §17.2: connection ids have at most 20 bytes. */
const MAX_CONNECTION_ID = 20;
/** RFC 9000 §14.1: a client pads datagrams with Initial packets to this size. */
const MIN_INITIAL_BYTES = 1200;
const TAG_BYTES = 16;

/** Where the parts of an Initial packet are, as positions in the segment's view. */
export interface InitialPacket {
  readonly version: number;
  readonly start: number;
  /** Destination connection id. */
  readonly dcid: Uint8Array;
  /** Position of the (protected) packet number, and behind the packet. */
  readonly numberAt: number;
  readonly end: number;
}

/** Whether a datagram begins with an Initial packet of a client, of a version that is known or made up (RFC 9000 §15). */
export function isClientInitial(segment: FirstBytes): boolean {
  const { view, offset, captured } = segment;
  if (segment.length < MIN_INITIAL_BYTES || captured < LONG_HEADER_BYTES + 1) return false;
  const first = view.getUint8(offset);
  if ((first & 0xc0) !== 0xc0 || view.getUint8(offset + LONG_HEADER_BYTES) > MAX_CONNECTION_ID) return false;
  const version = view.getUint32(offset + 1);
  const type = (first >>> 4) & 3;
  if (version === QUIC_V2) return type === 1;
  return version === QUIC_V1 || isDraft(version) ? type === 0 : isReserved(version);
}

/** Bytes of a long header up to the connection ids. */
const LONG_HEADER_BYTES = 5;

/** First bytes of a datagram that tell that it is of a QUIC handshake, or a version negotiation; 0: it is not. */
export function longHeaderBytes({ view, offset, captured }: FirstBytes): number {
  if (captured < LONG_HEADER_BYTES || (view.getUint8(offset) & 0x80) === 0) return 0;
  const version = view.getUint32(offset + 1);
  const isKnown =
    version === 0 || version === QUIC_V1 || version === QUIC_V2 || isDraft(version) || isReserved(version);
  return isKnown ? LONG_HEADER_BYTES : 0;
}

function isDraft(version: number): boolean {
  return version >>> 8 === 0xff_0000;
}

function isReserved(version: number): boolean {
  return (version & 0x0f0f_0f0f) === 0x0a0a_0a0a;
}

/** Finds the parts of an Initial packet of version 1 or 2; undefined: it is none, or not whole. */
export function readInitial(segment: FirstBytes): InitialPacket | undefined {
  const { view, offset: start } = segment;
  const end = start + segment.captured;
  const version = view.getUint32(start + 1);
  if (version !== QUIC_V1 && version !== QUIC_V2) return undefined;
  let at = start + 5;
  const dcidLength = view.getUint8(at);
  const dcid = new Uint8Array(
    view.buffer,
    view.byteOffset + at + 1,
    Math.min(dcidLength, end - at - 1),
  ).slice();
  at += 1 + dcidLength;
  if (dcidLength > MAX_CONNECTION_ID || at >= end) return undefined;
  at += 1 + view.getUint8(at);
  const token = readVariable(view, at, end);
  if (token === undefined) return undefined;
  const length = readVariable(view, token.next + token.value, end);
  if (length === undefined) return undefined;
  const packetEnd = length.next + length.value;
  if (packetEnd > end || length.value < 4 + TAG_BYTES) return undefined;
  return { version, start, dcid, numberAt: length.next, end: packetEnd };
}

/** RFC 9000 §16; undefined: it does not end before `end`. */
export function readVariable(
  view: DataView,
  at: number,
  end: number,
): { value: number; next: number } | undefined {
  if (at >= end) return undefined;
  const first = view.getUint8(at);
  const length = 1 << (first >>> 6);
  if (at + length > end) return undefined;
  let value = first & 0x3f;
  for (let i = 1; i < length; i++) value = value * 256 + view.getUint8(at + i);
  return { value, next: at + length };
}

/** RFC 9001 §5.2 and RFC 9369 §3.3.1. */
const SALTS: Readonly<Record<number, string>> = {
  [QUIC_V1]: '38762cf7f55934b34d179ae6a4c80cadccbb7f0a',
  [QUIC_V2]: '0dede3def700a6db819381be6e269dcbf9bd2ed9',
};

/** Keys of a client's Initial packets; everyone who sees the first one can derive them. */
export interface InitialKeys {
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly headerProtection: Buffer;
}

/** Derives the keys from the destination connection id of the client's first packet (RFC 9001 §5.2). */
export function clientKeys(version: number, dcid: Uint8Array): InitialKeys {
  const initial = hmac(Buffer.from(SALTS[version] ?? '', 'hex'), dcid);
  const secret = expand(initial, 'client in', 32);
  const prefix = version === QUIC_V2 ? 'quicv2' : 'quic';
  return {
    key: expand(secret, `${prefix} key`, 16),
    iv: expand(secret, `${prefix} iv`, 12),
    headerProtection: expand(secret, `${prefix} hp`, 16),
  };
}

/** The frames of an Initial packet in clear; undefined: the keys are not those of the packet. */
export function decryptInitial(
  view: DataView,
  packet: InitialPacket,
  keys: InitialKeys,
): Uint8Array | undefined {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + packet.start, packet.end - packet.start);
  const numberAt = packet.numberAt - packet.start;
  if (numberAt + 4 + 16 > bytes.length) return undefined;
  // Header protection, RFC 9001 §5.4.
  const mask = createCipheriv('aes-128-ecb', keys.headerProtection, null).update(
    bytes.subarray(numberAt + 4, numberAt + 20),
  );
  const first = (bytes[0] as number) ^ ((mask[0] as number) & 0x0f);
  const numberLength = (first & 3) + 1;
  const header = Buffer.from(bytes.subarray(0, numberAt + numberLength));
  header[0] = first;
  const nonce = Buffer.from(keys.iv);
  for (let i = 0; i < numberLength; i++) {
    const byte = (header[numberAt + i] as number) ^ (mask[1 + i] as number);
    header[numberAt + i] = byte;
    const nonceAt = nonce.length - numberLength + i;
    nonce[nonceAt] = (nonce[nonceAt] as number) ^ byte;
  }
  try {
    const decipher = createDecipheriv('aes-128-gcm', keys.key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(header);
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const clear = decipher.update(bytes.subarray(numberAt + numberLength, -TAG_BYTES));
    decipher.final();
    return clear;
  } catch {
    // The tag does not fit: the packet was protected with other keys.
    return undefined;
  }
}

function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** HKDF-Expand-Label without context, up to 32 bytes (RFC 8446 §7.1, RFC 5869 §2.3). */
function expand(secret: Uint8Array, label: string, lengthBytes: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`, 'latin1');
  const info = Buffer.concat([Buffer.from([0, lengthBytes, name.length]), name, Buffer.from([0, 1])]);
  return hmac(secret, info).subarray(0, lengthBytes);
}
