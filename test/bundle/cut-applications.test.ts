import { readFile } from 'node:fs/promises';
import { join as joinPath } from 'node:path';
import { expect, test } from 'vitest';
import { cutCapture } from '../../src/bundle/cut.ts';
import { EPOCH, observeCapture } from '../conversations/observe.ts';
import { grpcCall, http2Frame, http2Headers, preface, settings } from '../packets/http2.ts';
import { ethernet } from '../packets/link.ts';
import { ascii, join, u16, u32, u8 } from '../packets/octets.ts';
import { at, pcap } from '../packets/pcap.ts';
import { talk } from '../packets/talk.ts';
import type { Turn } from '../packets/talk.ts';
import { scratchFolder } from './sample.ts';

const way = { from: '10.244.1.5:40000', to: '10.96.3.4:80' };
const SECRET = 'hunter2';
const secret = ascii(SECRET.repeat(80));
const client = (...says: Uint8Array[]): Turn => ({ by: 'client', says: join(...says) });
const server = (...says: Uint8Array[]): Turn => ({ by: 'server', says: join(...says) });
const get = (path: string): Uint8Array => ascii(`GET ${path} HTTP/1.1\r\nHost: shop\r\n\r\n`);
const post = (path: string, body: Uint8Array): Uint8Array =>
  join(ascii(`POST ${path} HTTP/1.1\r\nHost: shop\r\nContent-Length: ${body.length}\r\n\r\n`), body);
const response = (status: number, body: Uint8Array, more = ''): Uint8Array =>
  join(ascii(`HTTP/1.1 ${status} Because\r\n${more}Content-Length: ${body.length}\r\n\r\n`), body);
const chunked = (status: number, body: Uint8Array): Uint8Array =>
  join(
    ascii(`HTTP/1.1 ${status} Because\r\nTransfer-Encoding: chunked\r\n\r\n`),
    ascii(`${body.length.toString(16)}\r\n`),
    body,
    ascii('\r\n0\r\n\r\n'),
  );
const inPieces = (turn: Turn, pieceBytes: number): Turn[] => {
  const says = turn.says as Uint8Array;
  return Array.from({ length: Math.ceil(says.length / pieceBytes) }, (_, i) => ({
    ...turn,
    says: says.subarray(i * pieceBytes, (i + 1) * pieceBytes),
  }));
};
const h2 = [client(preface, settings), server(settings)];
const trailers = (code: number): Uint8Array => http2Headers(1, { 'grpc-status': String(code) }, true);
const answer = http2Headers(1, { ':status': '200', 'content-type': 'application/grpc' });
const message = http2Frame(0, 0, 1, secret);
const mysqlGreeting = join(u8(60, 0, 0, 0, 10), ascii('8.0.36'), new Uint8Array(53));
const row = join(u8(secret.length & 255, secret.length >> 8, 0, 1), secret);
const mysqlError = join(u8(16, 0, 0, 2, 0xff, 0x15, 4), ascii(`#28000${SECRET}`));
const postgresqlError = (): Uint8Array => {
  const body = ascii(`SFATAL\0VFATAL\0C28P01\0M${'for people '.repeat(5)}${SECRET}\0\0`);
  return join(ascii('E'), u32(body.length + 4), body);
};

const TALKS: Readonly<Record<string, readonly Turn[]>> = {
  'requests that are sent ahead, with bodies': [
    client(get('/a'), post('/b', secret), get('/c')),
    server(response(200, secret), response(500, secret), response(404, secret)),
  ],
  'bodies over segments, and heads in their middle': [
    ...inPieces(client(post('/a', secret), post('/b', secret)), 100),
    ...inPieces(server(response(200, secret), response(503, secret)), 90),
  ],
  'heads cut again and again': [
    ...inPieces(client(get('/a'), get('/b')), 7),
    ...inPieces(server(response(500, u8()), response(200, u8())), 3),
  ],
  'a response to HEAD, which has a length and no body': [
    client(ascii('HEAD /a HTTP/1.1\r\nHost: shop\r\n\r\n')),
    server(ascii('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n')),
    client(get('/b')),
    server(response(502, secret)),
  ],
  chunks: [client(get('/a')), server(chunked(200, secret)), client(get('/b')), server(chunked(500, secret))],
  'words of a proxy': [
    client(get('/a')),
    server(response(503, ascii('upstream connect error or disconnect'), 'Server: envoy\r\n')),
  ],
  'HTTP on a port for TLS': [
    client(get('/a')),
    server(response(400, ascii('<html>400 The plain HTTP request was sent to HTTPS port</html>'))),
  ],
  'an upgrade to HTTP/2': [
    client(ascii('GET /a HTTP/1.1\r\nHost: shop\r\nUpgrade: h2c\r\n\r\n')),
    server(ascii('HTTP/1.1 101 Go\r\nUpgrade: h2c\r\n\r\n'), settings, http2Headers(1, { ':status': '500' })),
    client(preface, settings, grpcCall(3)),
    server(http2Headers(3, { 'grpc-status': '14' }, true)),
  ],
  'a WebSocket': [
    client(ascii('GET /a HTTP/1.1\r\nHost: shop\r\nUpgrade: websocket\r\n\r\n')),
    server(ascii('HTTP/1.1 101 Go\r\nUpgrade: websocket\r\n\r\n'), secret),
    client(secret),
  ],
  'gRPC with messages before the trailers': [
    ...h2,
    client(grpcCall(1), message),
    ...inPieces(server(answer, message, message, trailers(13)), 700),
  ],
  'a PROXY header in words': [
    client(ascii('PROXY TCP4 10.0.0.1 10.0.0.2 5 80\r\n'), get('/a')),
    server(response(500, secret)),
  ],
  'a PROXY header in bytes, alone': [
    client(
      u8(0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11),
      u16(12),
      new Uint8Array(12),
    ),
    client(get('/a')),
    server(response(500, secret)),
  ],
  'a PROXY header in front of gRPC': [
    client(ascii('PROXY UNKNOWN\r\n'), preface, settings, grpcCall(1)),
    server(settings, answer, message, trailers(4)),
  ],
  MySQL: [server(mysqlGreeting), client(secret), ...inPieces(server(row, row, mysqlError), 300)],
  PostgreSQL: [
    client(secret),
    server(ascii('R'), u32(8, 0)),
    client(secret),
    server(ascii('D'), u32(secret.length + 4), secret, postgresqlError()),
  ],
  Redis: [client(ascii('*2\r\n$4\r\nAUTH\r\n$7\r\n'), secret), server(ascii(`-WRONGPASS ${SECRET}\r\n`))],
};

/** What the applications of a capture noted. */
function eventsOf(capture: Uint8Array): unknown {
  return observeCapture(capture).groups.map(({ applications, events }) => [
    [...applications],
    [...events.all.values()],
  ]);
}

test.each(Object.entries(TALKS))('%s: the cut form tells the same, and no secret', async (_, turns) => {
  const frames = talk(way, turns).map(({ time, bytes }) => at(EPOCH + time, ethernet(bytes)));
  const original = pcap(frames);
  const path = joinPath(await scratchFolder(), 'cut.pcap');
  await cutCapture(async function* whole() {
    yield original;
  }, path);
  const cut = await readFile(path);
  expect(JSON.stringify(eventsOf(original))).toMatch(/http|grpc|error|protocol/);
  expect(eventsOf(cut)).toEqual(eventsOf(original));
  expect(cut.includes(SECRET)).toBe(false);
});
