import { untilSecond } from '../conversations/observe.ts';
import { ascii, join, u16, u32, u8 } from '../packets/octets.ts';
import { grpcCall, http2Frame, http2Headers, preface, settings } from '../packets/http2.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { talk } from '../packets/talk.ts';
import type { Turn } from '../packets/talk.ts';
import { containing, port, story, to, way } from './story-builder.ts';
import type { Story } from './story-builder.ts';

const client = (text: string, after = 0.001): Turn => ({ by: 'client', says: ascii(text), after });
const server = (text: string, after = 0.001): Turn => ({ by: 'server', says: ascii(text), after });
const binary = (by: Turn['by'], ...says: Uint8Array[]): Turn => ({ by, says: join(...says) });
const acknowledged: Turn = { by: 'server' };
const fin: Turn = { by: 'server', flags: 'FA' };
const reset: Turn = { by: 'server', flags: 'R' };

const request = (path = '/pay/17', more = '', after = 0.001): Turn =>
  client(`GET ${path} HTTP/1.1\r\nHost: shop\r\n${more}\r\n`, after);
const response = (status: number, more = '', body = '', after = 0.001): Turn =>
  server(`HTTP/1.1 ${status} Some Reason\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`, after);
const inChunks = 'POST /pay HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n';
const ok = response(200);
const httpTalk = (...turns: Turn[]): WrittenFrame[] => talk(way, turns);
const many = (count: number, turns: (i: number) => Turn[]): WrittenFrame[] =>
  Array.from({ length: count }, (_, i) => talk({ ...port(i), time: i }, turns(i))).flat();

const h2 = [binary('client', preface, settings), binary('server', settings)];
const grpcAnswer = (stream: number, code: number): Turn =>
  binary(
    'server',
    http2Headers(stream, { ':status': '200', 'content-type': 'application/grpc' }),
    http2Headers(stream, { 'grpc-status': String(code) }, true),
  );
const goAway = (code: number, says = ''): Turn =>
  binary('server', http2Frame(7, 0, 0, join(u32(1, code), ascii(says))));
const idle = [request(), ok, request('/pay/18', '', 5)];

const mysqlGreeting = join(u8(60, 0, 0, 0, 10), ascii('8.0.36'), new Uint8Array(53));
const mysqlError = (code: number, state: string): Uint8Array =>
  join(u8(17, 0, 0, 2, 0xff, code & 0xff, code >> 8), ascii(`#${state}no no no`));
const postgresqlError = (state: string): Uint8Array => {
  const body = ascii(`SFATAL\0VFATAL\0C${state}\0Mno\0\0`);
  return join(ascii('E'), u32(body.length + 4), body);
};
const postgresqlAsks = join(ascii('R'), u32(12, 5, 0x01020304));
const redisCommand = client('*1\r\n$4\r\nPING\r\n');

/** What the detectors of HTTP, gRPC and databases say, and do not say. */
export const httpStories: readonly Story[] = [
  story(
    'http-5xx',
    'the only response',
    httpTalk(request(), response(503, 'Server: envoy\r\n', 'no healthy upstream')),
    {
      severity: 'error',
      confidence: 'high',
      server: to,
      count: 1,
      frames: [4, 5],
      text: 'the only response is a server error: 503 (GET shop/pay/{n}); it is the proxy envoy that answers, because its upstream failed: "no healthy upstream"',
      details: { requests: [{ method: 'GET', host: 'shop', path: '/pay/{n}', status: 503, count: 1 }] },
    },
  ),
  story(
    'http-5xx',
    'one of many',
    many(30, (i) => [request(), i === 7 ? response(500) : ok]),
    {
      severity: 'warning',
      count: 1,
      text: '1 of 30 responses is a server error: 500 (GET shop/pay/{n})',
    },
  ),
  story(
    'http-5xx',
    'three of many',
    many(90, (i) => [request(), i < 3 ? response(502) : ok]),
    {
      severity: 'error',
      count: 3,
    },
  ),
  story('http-5xx', 'what the server does not do for anybody', httpTalk(request(), response(501)), {
    severity: 'warning',
  }),
  story('http-5xx', 'a response whose request was before the capture', httpTalk(response(500)), {
    severity: 'error',
    text: 'the only response is a server error: 500',
  }),
  story(
    'http-5xx',
    'errors of the client',
    many(9, (i) => [request(), response(400 + i)]),
  ),
  story(
    'http-5xx',
    'a body that looks like a response',
    httpTalk(request(), response(200, '', 'HTTP/1.1 500 No\r\n\r\n')),
  ),

  story('http-no-response', 'a reset', httpTalk(request(), acknowledged, reset), {
    severity: 'error',
    confidence: 'high',
    count: 1,
    frames: [4, 6],
    text: 'the only request got no response (GET shop/pay/{n}): the server reset the connection, after 2 ms at most',
  }),
  story('http-no-response', 'a close', httpTalk(request(), acknowledged, fin), {
    severity: 'error',
    text: containing('the server closed the connection'),
  }),
  story(
    'http-no-response',
    'a client that gives up',
    httpTalk(request(), acknowledged, { by: 'client', flags: 'FA', after: 3 }),
    {
      severity: 'warning',
      confidence: 'medium',
      text: containing('the client gave up, after 3 s at most'),
    },
  ),
  story(
    'http-no-response',
    'a client that gives up within a second, and a server that closes long after it',
    httpTalk(
      request(),
      acknowledged,
      { by: 'client', flags: 'FA', after: 0.5 },
      { by: 'server', flags: 'FA', after: 3 },
    ),
  ),
  story('http-no-response', 'silence', [...httpTalk(request(), acknowledged), ...untilSecond(20)], {
    severity: 'warning',
    text: containing('nothing came while it was captured, after 20 s at most'),
  }),
  story('http-no-response', 'silence at the end of the capture', [
    ...httpTalk(request(), acknowledged),
    ...untilSecond(5),
  ]),
  story(
    'http-no-response',
    'a client that changes its mind',
    httpTalk(request(), acknowledged, { by: 'client', flags: 'FA' }),
  ),
  story('http-no-response', 'a request whose acknowledgment is missing', [
    ...httpTalk(request()),
    ...untilSecond(20),
  ]),
  story('http-no-response', 'a request whose body is not complete', [
    ...httpTalk(
      client('POST /pay HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\n\r\n123'),
      acknowledged,
      fin,
    ),
  ]),
  story(
    'http-no-response',
    'a request in chunks',
    httpTalk(client(`${inChunks}2\r\nab\r\n0\r\n\r\n`), acknowledged, reset),
    { severity: 'error', count: 1 },
  ),
  story(
    'http-no-response',
    'a request whose last chunk is missing',
    httpTalk(client(`${inChunks}2\r\nab\r\n`), acknowledged, reset),
  ),
  story('http-no-response', 'a stream of events', [
    ...httpTalk(request('/events', 'Accept: text/event-stream\r\n'), acknowledged),
    ...untilSecond(20),
  ]),
  story(
    'http-no-response',
    'a WebSocket',
    httpTalk(
      request('/ws', 'Upgrade: websocket\r\n'),
      server('HTTP/1.1 101 Go\r\nUpgrade: websocket\r\n\r\n'),
      client('....'),
      acknowledged,
      reset,
    ),
  ),
  story(
    'http-no-response',
    'a continuation, then the response',
    httpTalk(
      client('POST /pay HTTP/1.1\r\nHost: shop\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n'),
      server('HTTP/1.1 100 Continue\r\n\r\n'),
      client('abc'),
      ok,
      fin,
    ),
  ),
  story(
    'http-no-response',
    'HTTP/2, a close',
    httpTalk(
      ...h2,
      binary('client', http2Headers(1, { ':method': 'GET', ':path': '/a', ':authority': 'shop' }, true)),
      acknowledged,
      fin,
    ),
    { severity: 'error', text: containing('(GET shop/a)') },
  ),
  story(
    'http-no-response',
    'HTTP/2, streams that GOAWAY leaves out',
    httpTalk(
      ...h2,
      binary('client', http2Headers(1, { ':method': 'GET', ':path': '/a', ':authority': 'shop' }, true)),
      goAway(0),
      fin,
    ),
  ),

  story('http-slow', 'one of two', httpTalk(request(), ok, request('/report'), response(200, '', '', 2.5)), {
    severity: 'warning',
    count: 1,
    frames: [6, 7],
    text: "1 of 2 requests waited more than 1 s for a response, 2.5 s at most (GET shop/report); the handshake took 1 ms and no segment was lost: it is the server's time",
    details: { by: 'server', roundTripMs: 1 },
  }),
  story(
    'http-slow',
    'one of many',
    many(30, (i) => [request(), i === 3 ? response(200, '', '', 2) : ok]),
    { severity: 'info' },
  ),
  story(
    'http-slow',
    'a slow way',
    talk(way, [request(), response(200, '', '', 1.5)]).map((frame, i) => ({
      ...frame,
      time: frame.time + (i > 0 ? 0.4 : 0),
    })),
    {
      text: containing('the handshake alone took 401 ms: the way is slow'),
      details: { attempts: 1, longestMs: 1500, roundTripMs: 401 },
    },
  ),
  story('http-slow', 'a client that takes its time', httpTalk(request(), ok, request('/b', '', 9), ok)),

  story('http-keep-alive-race', 'once', httpTalk(...idle, reset), {
    severity: 'warning',
    confidence: 'medium',
    count: 1,
    frames: [6, 7],
    text: "1 request of 2 (GET shop/pay/{n}) crossed with the server's closing of the idle connection, after up to 5 s of silence",
  }),
  story(
    'http-keep-alive-race',
    'again and again',
    many(3, () => [...idle, fin]),
    {
      severity: 'error',
      confidence: 'high',
      count: 3,
      text: containing('each after 5 s of silence'),
    },
  ),
  story(
    'http-keep-alive-race',
    'a server that takes its time to close',
    httpTalk(...idle, acknowledged, { ...fin, after: 0.5 }),
  ),
  story('http-keep-alive-race', 'the first request', httpTalk(request('/', '', 9), reset)),
  story('http-no-response', 'a race', httpTalk(...idle, reset)),

  story('http2-goaway', 'too many pings', httpTalk(...h2, goAway(11, 'too_many_pings')), {
    severity: 'error',
    count: 1,
    frames: [6],
    text: '1 connection was ended by GOAWAY: ENHANCE_YOUR_CALM by the server "too_many_pings"',
  }),
  story(
    'http2-goaway',
    'refused streams',
    httpTalk(...h2, binary('client', grpcCall(1)), binary('server', http2Frame(3, 0, 1, u32(7)))),
    { severity: 'warning', text: '1 stream was reset: REFUSED_STREAM by the server' },
  ),
  story('http2-goaway', 'the normal end', httpTalk(...h2, goAway(0, 'max_age'))),
  story(
    'http2-goaway',
    'a stream that is cancelled',
    httpTalk(...h2, binary('client', grpcCall(1), http2Frame(3, 0, 1, u32(8)))),
  ),

  story('grpc-error', 'unavailable', httpTalk(...h2, binary('client', grpcCall(1)), grpcAnswer(1, 14)), {
    severity: 'error',
    count: 1,
    frames: [6, 7],
    text: 'the only gRPC call failed with 14 UNAVAILABLE (POST cart:50051/shop.Cart/Add)',
  }),
  story(
    'grpc-error',
    'a program’s own answer',
    httpTalk(...h2, binary('client', grpcCall(1)), grpcAnswer(1, 5)),
    {
      severity: 'info',
      text: containing('5 NOT_FOUND'),
    },
  ),
  story('grpc-error', 'a permission', httpTalk(...h2, binary('client', grpcCall(1)), grpcAnswer(1, 7)), {
    severity: 'warning',
  }),
  story('grpc-error', 'success', httpTalk(...h2, binary('client', grpcCall(1)), grpcAnswer(1, 0))),

  story(
    'application-error',
    'MySQL, access denied',
    httpTalk(binary('server', mysqlGreeting), client('login'), binary('server', mysqlError(1045, '28000'))),
    {
      severity: 'warning',
      count: 1,
      frames: [6],
      text: 'the MySQL server answered with 1 error: 1045 (28000) access denied',
    },
  ),
  story(
    'application-error',
    'MySQL, too many connections',
    httpTalk(binary('server', u8(23, 0, 0, 0, 0xff, 0x10, 0x04), ascii('Too many connections'))),
    { severity: 'warning', text: containing('1040 too many connections') },
  ),
  story(
    'application-error',
    'MySQL, a wrong statement',
    httpTalk(binary('server', mysqlGreeting), client('select'), binary('server', mysqlError(1064, '42000'))),
    {
      severity: 'info',
    },
  ),
  story(
    'application-error',
    'PostgreSQL',
    httpTalk(
      client('startup'),
      binary('server', postgresqlAsks),
      client('password'),
      binary('server', postgresqlError('28P01')),
    ),
    {
      severity: 'warning',
      text: 'the PostgreSQL server answered with 1 error: 28P01 access denied',
    },
  ),
  story(
    'application-error',
    'Redis',
    httpTalk(redisCommand, server('-NOAUTH Authentication required.\r\n')),
    {
      severity: 'warning',
      text: 'the Redis server answered with 1 error: NOAUTH',
    },
  ),
  story(
    'application-error',
    'Redis, another node',
    httpTalk(redisCommand, server('-MOVED 3999 10.0.0.1:6381\r\n')),
    { severity: 'info' },
  ),
  story(
    'application-error',
    'a MySQL result',
    httpTalk(
      binary('server', mysqlGreeting),
      client('select'),
      binary('server', u8(2, 0, 0, 1), u16(0xfe00)),
    ),
  ),
  story(
    'application-error',
    'a PostgreSQL login',
    httpTalk(client('startup'), binary('server', postgresqlAsks, ascii('R'), u32(8, 0))),
  ),
  story('application-error', 'a Redis reply', httpTalk(redisCommand, server('+PONG\r\n'))),
];
