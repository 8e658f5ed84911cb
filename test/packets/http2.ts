import { ascii, join, u16, u32, u8 } from './octets.ts';

/** What a client begins with. */
export const preface: Uint8Array = ascii('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** An HTTP/2 frame. */
export function http2Frame(type: number, flags: number, stream: number, body: Uint8Array = u8()): Uint8Array {
  return join(u8(body.length >> 16), u16(body.length & 0xffff), u8(type, flags), u32(stream), body);
}

export const settings: Uint8Array = http2Frame(4, 0, 0);

/** A header block of literals that nobody remembers and nobody compressed. */
export function headerBlock(fields: Readonly<Record<string, string>>): Uint8Array {
  const text = (value: string): Uint8Array => join(u8(value.length), ascii(value));
  return join(...Object.entries(fields).map(([name, value]) => join(u8(0), text(name), text(value))));
}

/** A HEADERS frame with its whole block. */
export function http2Headers(
  stream: number,
  fields: Readonly<Record<string, string>>,
  isEnd = false,
): Uint8Array {
  return http2Frame(1, isEnd ? 5 : 4, stream, headerBlock(fields));
}

/** A call of gRPC: what its client opens a stream with. */
export function grpcCall(stream: number, path = '/shop.Cart/Add'): Uint8Array {
  return http2Headers(
    stream,
    { ':method': 'POST', ':path': path, ':authority': 'cart:50051', 'content-type': 'application/grpc' },
    true,
  );
}
