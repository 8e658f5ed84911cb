import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pathTemplate } from '../../src/applications/http-log.ts';
import { http1 } from '../../src/applications/http1.ts';
import { ascii, join, u8 } from '../packets/octets.ts';
import { inPieces, listen } from './listen.ts';
import type { Said } from './listen.ts';

const client = (...says: string[]): Said => ({ by: 'client', bytes: ascii(says.join('')) });
const server = (...says: string[]): Said => ({ by: 'server', bytes: ascii(says.join('')) });
const get = (path = '/a'): string => `GET ${path} HTTP/1.1\r\nHost: Shop.Example\r\n\r\n`;
const response = (status: number, body = '', more = ''): string =>
  `HTTP/1.1 ${status} Because\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;

/** "GET shop.example/a 200" of each exchange. */
function exchanges(said: readonly Said[]): string[] {
  const all: string[] = [];
  const heard = listen(http1, said, {}, ({ kind, fields, count }) => {
    if (kind === 'http-exchange') {
      const { method, host, path, status } = fields;
      for (let i = 0; i < count; i++) all.push(`${method} ${host}${path} ${status}`);
    }
  });
  expect(heard).not.toBeNull();
  return all;
}

const post = 'POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n';
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

describe('requests and responses are put together', () => {
  const cases: readonly (readonly [string, readonly Said[], readonly string[]])[] = [
    ['one', [client(get()), server(response(200, 'abc'))], ['GET shop.example/a 200']],
    [
      'sent ahead',
      [client(get('/a'), get('/b')), server(response(200, 'abc'), response(404))],
      ['GET shop.example/a 200', 'GET shop.example/b 404'],
    ],
    [
      'chunked',
      [
        client('POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
        server('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'),
        server('0\r\n\r\n'),
        client(get('/b')),
        server(response(204)),
      ],
      ['POST h/a 200', 'GET shop.example/b 204'],
    ],
    [
      'chunked, sent ahead, with extensions and trailers',
      [
        client(`${post}4;a=b\r\nabcd\r\n0\r\nX: y\r\n\r\n`, get('/b'), post, 'A\r\nGET / HTTP/\r\n0\r\n\r\n'),
        server(`${chunked}1\r\nx\r\n0\r\n\r\n`, response(404), `${chunked}0\r\n\r\n`),
      ],
      ['POST h/a 200', 'POST h/a 200', 'GET shop.example/b 404'],
    ],
    [
      'chunked by word, and not in truth',
      [client(get('/a')), server(`${chunked}no chunk`), client(get('/b')), server(response(201))],
      ['GET shop.example/a 200', 'GET shop.example/b 201'],
    ],
    [
      'chunked, and cut by the snap length',
      [
        client(get('/a')),
        { ...server(`${chunked}1\r\nx\r\n0\r\n\r\n`), captured: chunked.length },
        client(get('/b')),
        server(response(201)),
      ],
      ['GET shop.example/a 200', 'GET shop.example/b 201'],
    ],
    [
      'HEAD, which is answered by a length and no body',
      [
        client('HEAD /a HTTP/1.1\r\n\r\n', get('/b')),
        server('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', response(500)),
      ],
      ['HEAD /a 200', 'GET shop.example/b 500'],
    ],
    [
      'not modified, with the length of what was not sent',
      [client(get('/a'), get('/b')), server('HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n', response(200))],
      ['GET shop.example/a 304', 'GET shop.example/b 200'],
    ],
    [
      'after interim responses',
      [
        client(get()),
        server('HTTP/1.1 100 Continue\r\n\r\n'),
        server('HTTP/1.1 103 Early\r\nLink: x\r\n\r\n', response(201)),
      ],
      ['GET shop.example/a 201'],
    ],
    [
      'switched to another protocol, of which nothing is read',
      [
        client('GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n'),
        server('HTTP/1.1 101 Go\r\nUpgrade: websocket\r\n\r\n', response(500)),
        client(get()),
        server(response(500)),
      ],
      ['GET h/ws 101'],
    ],
    [
      'a tunnel',
      [
        client('CONNECT api:443 HTTP/1.1\r\nHost: api:443\r\n\r\n'),
        server('HTTP/1.1 200 OK\r\n\r\n'),
        client(get()),
        server(response(500)),
      ],
      ['CONNECT api:443 200'],
    ],
    ['without its request', [server(response(502))], ['  502']],
    [
      'without regard to case, with bare line feeds',
      [client('GET /a HTTP/1.0\nhOST:h\n\n'), server('http/1.0 503 No\n\n')],
      ['GET h/a 503'],
    ],
    [
      'behind a gap, from the next head on',
      [
        client(get('/a')),
        { ...server('lost middle of a body'), afterGap: true },
        client(get('/b')),
        server(response(200)),
      ],
      ['GET shop.example/b 200'],
    ],
    [
      'a head that the snap length cut',
      [
        { ...client(`GET /a HTTP/1.1\r\nHost: h\r\nCookie: ${'x'.repeat(90)}\r\n\r\n`), captured: 60 },
        { ...server(response(500, 'x'.repeat(90))), captured: 40 },
        client(get('/b')),
        server(response(200)),
      ],
      ['GET h/a 500', 'GET shop.example/b 200'],
    ],
  ];

  test.each(cases)('%s', (_, said, expected) => {
    expect(exchanges(said)).toEqual(expected);
  });

  test.each([1, 2, 3, 5, 17])('whatever the segments: pieces of %i', (length) => {
    const said = [
      client(
        get('/a'),
        'POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nabcd',
        `${post}2\r\nhi\r\n0\r\n\r\n`,
        get('/c'),
      ),
      server(
        response(200, 'abc'),
        response(404),
        `${chunked}3;q\r\nabc\r\n0\r\nA: b\r\n\r\n`,
        response(503, 'no'),
      ),
    ];
    // The first segment must show what it is.
    const pieces = inPieces(said, length);
    const first = { by: 'client' as const, bytes: ascii('GET /') };
    const rest = { by: 'client' as const, bytes: (said[0] as Said).bytes.slice(5) };
    expect(exchanges([first, ...inPieces([rest, said[1] as Said], length)])).toEqual([
      'GET shop.example/a 200',
      'POST h/b 404',
      'POST h/a 200',
      'GET shop.example/c 503',
    ]);
    expect(pieces.length).toBeGreaterThan(1);
  });
});

test('a head that is cut at any byte is read as far as it goes, and never more', () => {
  const bytes = ascii(
    `GET /a HTTP/1.1\r\nHost: h\r\nUser-Agent: kube-probe/1.34\r\nX: ${'y'.repeat(20)}\r\n\r\n`,
  );
  for (let captured = 5; captured <= bytes.length; captured++) {
    const all = exchanges([{ by: 'client', bytes, captured }, server(response(200))]);
    expect(all).toHaveLength(1);
    if (captured > 24) expect(all).toEqual(['GET h/a 200']);
  }
});

test('heads without end are given up at 16 KiB', () => {
  const endless = Array.from({ length: 40 }, () => client(`X-Long: ${'y'.repeat(1000)}\r\n`));
  const said = [
    client('GET /a HTTP/1.1\r\nHost: h\r\n'),
    ...endless,
    server(response(200)),
    client(get('/b')),
    server(response(404)),
  ];
  expect(exchanges(said)).toEqual(['GET h/a 200', 'GET shop.example/b 404']);
  expect(exchanges([client('GET /', 'a'.repeat(70_000)), server(response(200))])[0]?.length).toBeLessThan(
    300,
  );
});

test.each([
  ['PRI * HTTP/2.0\r\n\r\n'],
  ['GET  HTTP/1.1\r\n\r\n'],
  ['GET /a RTSP/1.0\r\n\r\n'],
  ['OPTIONS sip:a SIP/2.0\r\n\r\n'],
  ['get /a HTTP/1.1\r\n\r\n'],
  ['HELO mail.example\r\n'],
  ['HTTP/2 200\r\n\r\n'],
])('%j is no HTTP/1', (text) => {
  expect(listen(http1, [client(text)])).toBeNull();
});

test.each([
  ['/', '/'],
  ['/pay/17?card=4111', '/pay/{n}'],
  ['/v1/users/3f2c1a9e-0b1d-4c7e-9d2a-1234567890ab/orders', '/v1/users/{n}/orders'],
  ['/blob/deadbeef01', '/blob/{n}'],
  ['/reset/Zm9vYmFyYmF6cXV4MTIzNA==', '/reset/{n}'],
  ['http://shop.example/a/1#x', '/a/{n}'],
  ['http://shop.example', '/'],
  ['*', '*'],
  [`/${'a'.repeat(900)}`, `/${'a'.repeat(199)}`],
])('the path of %s is %s', (target, path) => {
  expect(pathTemplate(target)).toBe(path);
});

test('escape sequences do not get through', () => {
  expect(
    exchanges([client('GET /\u001B[2J HTTP/1.1\r\nHost: \u001B]0;x\u0007\r\n\r\n'), server(response(200))]),
  ).toEqual(['GET ?]0;x?/ 200']);
});

test('any bytes are survived', () => {
  const words = [
    'GET /a HTTP/1.1\r\n',
    'HTTP/1.1 200 OK\r\n',
    'Content-Length: 5\r\n',
    'Content-Length: 99999999999999999\r\n',
    'Transfer-Encoding: chunked\r\n',
    '\r\n',
    'Upgrade: h2c\r\n',
    'HTTP/1.1 101 x\r\n',
  ];
  const piece = fc.oneof(fc.constantFrom(...words).map(ascii), fc.uint8Array({ maxLength: 30 }));
  const said = fc.record({
    by: fc.constantFrom('client' as const, 'server' as const),
    bytes: fc.array(piece, { minLength: 1, maxLength: 6 }).map((parts) => join(u8(), ...parts)),
    afterGap: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(said, { maxLength: 12 }), (turns) => {
      expect(listen(http1, [client(get()), ...turns])).not.toBeNull();
    }),
    { numRuns: 2000 },
  );
});
