import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mysql } from '../../src/applications/mysql.ts';
import { postgresql } from '../../src/applications/postgresql.ts';
import { redis } from '../../src/applications/redis.ts';
import { ascii, join, u32, u8 } from '../packets/octets.ts';
import { inPieces, listen } from './listen.ts';
import type { Said } from './listen.ts';

const server = (...says: Uint8Array[]): Said => ({ by: 'server', bytes: join(...says) });
const client = (text: string): Said => ({ by: 'client', bytes: ascii(text) });
const greeting = join(u8(60, 0, 0, 0, 10), ascii('8.0.36'), new Uint8Array(53));
const packet = (sequence: number, payload: Uint8Array): Uint8Array =>
  join(u8(payload.length & 255, payload.length >> 8, 0, sequence), payload);
const denied = packet(2, join(u8(0xff, 0x15, 4), ascii('#28000Access denied')));
const asks = join(ascii('R'), u32(8, 3));
const fatal = (fields: string): Uint8Array => join(ascii('E'), u32(fields.length + 4), ascii(fields));
const badPassword = fatal('SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0');

const TALKS = [
  {
    protocol: mysql,
    said: [server(greeting), client('login'), server(packet(1, new Uint8Array(700)), denied)],
    code: '1045',
  },
  {
    protocol: postgresql,
    said: [server(asks), client('p'), server(join(ascii('S'), u32(6), u8(0, 0)), badPassword)],
    code: '28P01',
  },
  {
    protocol: redis,
    said: [client('*1\r\n$4\r\nPING\r\n'), server(ascii('-NOAUTH Authentication required.\r\n'))],
    code: 'NOAUTH',
  },
];

describe.each(TALKS)('$protocol.name', ({ protocol, said, code }) => {
  test('tells its error', () => {
    expect(listen(protocol, said)?.fields('application-error')).toMatchObject({
      protocol: protocol.name,
      code,
    });
  });

  test('that is cut anywhere is survived', () => {
    for (const [index, { by, bytes }] of said.entries()) {
      for (let captured = 0; captured < bytes.length; captured++) {
        expect(() => listen(protocol, said.with(index, { by, bytes, captured }))).not.toThrow();
      }
    }
  });

  test('with any bytes behind its begin is survived', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 9 }), (all) => {
        expect(
          listen(protocol, [
            said[0] as Said,
            ...all.map((bytes, i) => ({
              by: i % 3 === 0 ? ('client' as const) : ('server' as const),
              bytes,
            })),
          ]),
        ).not.toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  test('says nothing after a gap that hides where messages begin', () => {
    const middle = { by: 'server' as const, bytes: new Uint8Array(30).fill(0xff), afterGap: true };
    expect(listen(protocol, [said[0] as Said, middle])?.kinds).toEqual([]);
  });
});

test.each([1, 2, 5, 9])('errors come through in pieces of %i bytes', (length) => {
  for (const { protocol, said, code } of TALKS.slice(0, 2)) {
    const [first, ...rest] = said;
    expect(
      listen(protocol, [first as Said, ...inPieces(rest, length)])?.fields('application-error'),
    ).toMatchObject({ code });
  }
});

test('a severity that is translated is told by the one that is not', () => {
  const translated = fatal('SFATALE\0VFATAL\0C3D000\0Mno\0\0');
  expect(listen(postgresql, [server(asks), server(translated)])?.fields('application-error')).toMatchObject({
    severity: 'FATAL',
    code: '3D000',
  });
});

test('a server that refuses at once is known by its refusal', () => {
  const full = packet(0, join(u8(0xff, 0x10, 4), ascii('Too many connections')));
  expect(listen(mysql, [server(full)])?.fields('application-error')).toMatchObject({
    code: '1040',
    state: '',
  });
  expect(
    listen(redis, [server(ascii('-ERR max number of clients reached\r\n'))])?.fields('application-error'),
  ).toMatchObject({
    code: 'ERR max number of clients reached',
  });
});

test.each([
  [mysql, 'HTTP/1.1 200 OK\r\n\r\n'],
  [postgresql, 'Really no message of a database'],
  [redis, '-NOAUTH without a command before\r\n'],
  [redis, '-----BEGIN CERTIFICATE-----'],
])('$0.name is not %j', (protocol, text) => {
  expect(listen(protocol, [server(ascii(text))])).toBeNull();
});
