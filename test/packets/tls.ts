import { ascii, join, u16, u8 } from './octets.ts';

export const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;

/** A TLS record of version 3.3. */
export function record(type: number, body: Uint8Array): Uint8Array {
  return join(u8(type, 3, 3), u16(body.length), body);
}

const u24 = (value: number): Uint8Array => u8(value >>> 16, (value >>> 8) & 255, value & 255);

/** A handshake message without its record. */
export function handshakeMessage(type: number, body: Uint8Array): Uint8Array {
  return join(u8(type), u24(body.length), body);
}

export const inRecord = (...messages: Uint8Array[]): Uint8Array => record(HANDSHAKE, join(...messages));
export const changeCipherSpec: Uint8Array = record(CHANGE_CIPHER_SPEC, u8(1));
export const applicationData: Uint8Array = record(APPLICATION_DATA, new Uint8Array(40));
export const alert = (code: number, level = 2): Uint8Array => record(ALERT, u8(level, code));

const extension = (type: number, body: Uint8Array): Uint8Array => join(u16(type, body.length), body);
const protocolList = (names: readonly string[]): Uint8Array => {
  const list = join(...names.map((name) => join(u8(name.length), ascii(name))));
  return join(u16(list.length), list);
};

export interface Hello {
  readonly sni?: string;
  readonly alpn?: readonly string[];
  /** Versions that are offered by extension. */
  readonly versions?: readonly number[];
  /** Bytes of padding, to make it long. */
  readonly padding?: number;
}

/** A ClientHello message (RFC 8446 §4.1.2). */
export function clientHello({ sni = '', alpn = [], versions = [], padding = 0 }: Hello = {}): Uint8Array {
  const extensions = join(
    sni === '' ? u8() : extension(0, join(u16(sni.length + 3), u8(0), u16(sni.length), ascii(sni))),
    alpn.length === 0 ? u8() : extension(16, protocolList(alpn)),
    versions.length === 0 ? u8() : extension(43, join(u8(versions.length * 2), u16(...versions))),
    padding === 0 ? u8() : extension(21, new Uint8Array(padding)),
  );
  const start = join(u16(0x0303), new Uint8Array(32), u8(0), u16(2, 0x1301), u8(1, 0));
  return handshakeMessage(1, join(start, u16(extensions.length), extensions));
}

export interface Answer {
  readonly version?: number;
  readonly alpn?: string;
  readonly isRetry?: boolean;
}

/** The random value of a HelloRetryRequest (RFC 8446 §4.1.3). */
const RETRY = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');

/** A ServerHello message (RFC 8446 §4.1.3). */
export function serverHello({ version = 0x0304, alpn = '', isRetry = false }: Answer = {}): Uint8Array {
  const extensions = join(
    version > 0x0303 ? extension(43, u16(version)) : u8(),
    alpn === '' ? u8() : extension(16, protocolList([alpn])),
  );
  const random = isRetry ? RETRY : new Uint8Array(32);
  const start = join(u16(Math.min(version, 0x0303)), random, u8(0), u16(0x1301), u8(0));
  return handshakeMessage(2, join(start, u16(extensions.length), extensions));
}

/** A Certificate message of TLS 1.2 (RFC 5246 §7.4.2); without certificates it is a client's that has none. */
export function certificateMessage(...ders: Uint8Array[]): Uint8Array {
  const list = join(...ders.map((der) => join(u24(der.length), der)));
  return handshakeMessage(11, join(u24(list.length), list));
}

export const certificateRequest: Uint8Array = handshakeMessage(13, u8(1, 64, 0, 2, 4, 3, 0, 0));
export const serverHelloDone: Uint8Array = handshakeMessage(14, u8());
export const clientKeyExchange: Uint8Array = handshakeMessage(16, new Uint8Array(66));
