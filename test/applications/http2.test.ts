import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteBudget } from '../../src/applications/byte-budget.ts';
import { HpackDecoder } from '../../src/applications/hpack.ts';
import { http2 } from '../../src/applications/http2.ts';
import { grpcCall, http2Frame, http2Headers, preface, settings } from '../packets/http2.ts';
import { ascii, join, u32, u8 } from '../packets/octets.ts';
import { inPieces, listen } from './listen.ts';
import type { Said } from './listen.ts';

const client = (...says: Uint8Array[]): Said => ({ by: 'client', bytes: join(...says) });
const server = (...says: Uint8Array[]): Said => ({ by: 'server', bytes: join(...says) });
const opening = [client(preface, settings), server(settings)];

/** Kind and fields of each event. */
function events(said: readonly Said[]): string[] {
  const all: string[] = [];
  listen(http2, said, {}, ({ kind, fields, count }) =>
    all.push(`${kind} ${Object.values(fields).join(' ')} ×${count}`),
  );
  return all;
}

function decode(
  bytes: Uint8Array,
  decoder: HpackDecoder = new HpackDecoder(new ByteBudget()),
): string[] | null {
  const fields: string[] = [];
  return decoder.decode(bytes, bytes.length, (name, value) => fields.push(`${name}: ${value}`))
    ? fields
    : null;
}

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('header blocks', () => {
  // RFC 7541, Appendix C.4 and C.6: requests and responses with Huffman coding, one connection each.
  test('of the requests in RFC 7541, C.4', () => {
    const decoder = new HpackDecoder(new ByteBudget());
    const first = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'];
    expect(decode(hex('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff'), decoder)).toEqual(first);
    expect(decode(hex('8286 84be 5886 a8eb 1064 9cbf'), decoder)).toEqual([
      ...first,
      'cache-control: no-cache',
    ]);
    expect(decode(hex('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf'), decoder)).toEqual([
      ':method: GET',
      ':scheme: https',
      ':path: /index.html',
      ':authority: www.example.com',
      'custom-key: custom-value',
    ]);
  });

  test('of a table that evicts, as in RFC 7541, C.6', () => {
    const decoder = new HpackDecoder(new ByteBudget());
    const date = (second: number): string => `date: Mon, 21 Oct 2013 20:13:${second} GMT`;
    const rest = 'location: https://www.example.com';
    expect(decode(hex('3fe101'), decoder)).toEqual([]);
    expect(
      decode(
        hex(
          '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
        ),
        decoder,
      ),
    ).toEqual([':status: 302', 'cache-control: private', date(21), rest]);
    expect(decode(hex('4883 640e ffc1 c0bf'), decoder)).toEqual([
      ':status: 307',
      'cache-control: private',
      date(21),
      rest,
    ]);
  });

  test('that point at what nobody saw are left out, never guessed', () => {
    expect(decode(hex('82 be 88'))).toEqual([':method: GET', ':status: 200']);
  });

  test.each([
    ['an index of 0', '80'],
    ['an integer without end', 'ffffffffffffff'],
    ['a string longer than the block', '0003616263ff'],
    ['a string that is cut', '00'],
    ['Huffman coding with the end of string', '0084ffffffff00'],
    ['Huffman coding that is filled up with zeros', '008100 00'],
  ])('%s is refused', (_, bytes) => {
    expect(decode(hex(bytes))).toBeNull();
  });

  test('a few bytes that stand for megabytes are refused, and what was kept is bounded', () => {
    const budget = new ByteBudget();
    const decoder = new HpackDecoder(budget);
    const entry = join(hex('3fe1ff03 40 01 61 7f a11e'), new Uint8Array(4000).fill(0x62));
    expect(decode(entry, decoder)).toHaveLength(1);
    expect(decode(new Uint8Array(16_000).fill(0xbe), decoder)).toBeNull();
    for (let i = 0; i < 1000; i++) decode(entry, decoder);
    expect(budget.take((16 << 20) - 70_000)).toBe(true);
  });
});

/** What Node's own client and server say to each other, byte for byte. */
async function recorded(paths: readonly string[]): Promise<Said[]> {
  const said: Said[] = [];
  const [clientEnd, serverEnd] = duplexPair();
  const tap = (end: typeof clientEnd, by: Said['by']): void => {
    const push = end.push.bind(end);
    end.push = (chunk: Buffer | null): boolean => {
      if (chunk !== null) said.push({ by, bytes: Uint8Array.from(chunk) });
      return push(chunk);
    };
  };
  tap(serverEnd, 'client');
  tap(clientEnd, 'server');
  const http2Server = createServer();
  http2Server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.respond({
      ':status': headers[':path'] === '/bad' ? 503 : 200,
      server: 'envoy',
      'x-much': 'y'.repeat(300),
    });
    stream.end('body of some length');
  });
  http2Server.emit('connection', serverEnd);
  const session = connect('http://shop.example:8080', { createConnection: () => clientEnd });
  for (const path of paths) {
    const stream = session.request({ ':path': path, 'x-request': `value of ${path}`.repeat(20) });
    stream.resume();
    await once(stream, 'close');
  }
  session.close();
  await once(session, 'close');
  return said;
}

describe('connections', () => {
  test('of Node’s client with Node’s server, with compression and in pieces of any size', async () => {
    const said = await recorded(['/a', '/bad', '/a', '/b/17', '/a']);
    const expected = [
      'http-exchange GET shop.example:8080 /a 200 ×3',
      'http-exchange GET shop.example:8080 /bad 503 envoy ×1',
      'http-exchange GET shop.example:8080 /b/{n} 200 ×1',
    ];
    expect(events(said)).toEqual(expected);
    const [first, ...rest] = said;
    for (const length of [1, 7, 100]) {
      const [head, ...tail] = inPieces([first as Said], 24);
      expect(events([head as Said, ...inPieces([...tail, ...rest], length)])).toEqual(expected);
    }
  });

  test('with a header block in several frames', () => {
    const whole = grpcCall(1).subarray(9);
    const said = [
      ...opening,
      client(
        http2Frame(1, 1, 1, whole.slice(0, 10)),
        http2Frame(9, 0, 1, whole.slice(10, 20)),
        http2Frame(9, 4, 1, whole.slice(20)),
      ),
      server(http2Headers(1, { ':status': '200', 'grpc-status': '12' }, true)),
    ];
    expect(events(said)).toEqual([
      'http-exchange POST cart:50051 /shop.Cart/Add 200 ×1',
      'grpc-error POST cart:50051 /shop.Cart/Add 12 ×1',
    ]);
  });

  test('with padding, priority and a push', () => {
    const block = http2Headers(0, { ':status': '500' }).subarray(9);
    const said = [
      ...opening,
      client(http2Headers(1, { ':method': 'GET', ':path': '/' }, true)),
      server(
        http2Frame(5, 4, 1, join(u32(2), block)),
        http2Frame(1, 4 | 8 | 32, 1, join(u8(3), u32(0), u8(16), block, u8(0, 0, 0))),
      ),
    ];
    expect(events(said)).toEqual(['http-exchange GET  / 500 ×1']);
  });

  test('behind a gap nothing is said that is not known', () => {
    const lost = { ...server(http2Headers(1, { ':status': '500' })), afterGap: true };
    expect(events([...opening, client(grpcCall(1)), lost])).toEqual([]);
  });

  test('to a server of HTTP/1', () => {
    expect(events([opening[0] as Said, server(ascii('HTTP/1.1 400 Bad Request\r\n\r\n'))])).toEqual([
      'wrong-protocol HTTP/2 HTTP/1 response ×1',
    ]);
  });

  test('any bytes are survived, at any cut', () => {
    const frame = fc
      .tuple(fc.integer({ min: 0, max: 10 }), fc.nat(255), fc.nat(5), fc.uint8Array({ maxLength: 60 }))
      .map(([type, flags, stream, body]) => http2Frame(type, flags, stream, body));
    const piece = fc.oneof(frame, frame, fc.constant(grpcCall(1)), fc.uint8Array({ maxLength: 20 }));
    const said = fc.record({
      by: fc.constantFrom('client' as const, 'server' as const),
      bytes: fc.array(piece, { minLength: 1, maxLength: 5 }).map((parts) => join(...parts, u8(0))),
      afterGap: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(said, { maxLength: 10 }), (turns) => {
        expect(listen(http2, [...opening, ...turns])).not.toBeNull();
      }),
      { numRuns: 2000 },
    );
  });
});
