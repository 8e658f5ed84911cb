import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kafka } from '../../src/applications/kafka.ts';
import { mysql } from '../../src/applications/mysql.ts';
import { postgresql } from '../../src/applications/postgresql.ts';
import { redis } from '../../src/applications/redis.ts';
import { ascii, join, u16, u32, u8 } from '../packets/octets.ts';
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

/** A request of Kafka with nothing behind the client's name, and a response. */
const kafkaRequest = (key: number, version: number, correlationId: number): Said => ({
  by: 'client',
  bytes: join(u32(14), u16(key, version), u32(correlationId), u16(4), ascii('shop')),
});
const kafkaResponse = (correlationId: number, body: Uint8Array): Said => ({
  by: 'server',
  bytes: join(u32(4 + body.length, correlationId), body),
});

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
  {
    protocol: kafka,
    said: [
      kafkaRequest(18, 3, 1),
      kafkaResponse(1, u16(35)),
      kafkaRequest(17, 1, 2),
      kafkaResponse(2, u16(0)),
      kafkaRequest(36, 2, 3),
      kafkaResponse(3, join(u8(0), u16(58))),
    ],
    code: '58',
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
  for (const { protocol, said, code } of TALKS.filter(({ protocol: { name } }) => name !== 'Redis')) {
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

const producedV3 = join(u32(1), u16(5), ascii('shop!'), u32(1, 0), u16(29));
const producedV9 = join(u8(0, 2, 6), ascii('shop!'), u8(2), u32(0), u16(29));

test.each([
  { what: 'Produce', key: 0, version: 3, body: producedV3, code: '29' },
  { what: 'Produce, flexible', key: 0, version: 9, body: producedV9, code: '29' },
  { what: 'Fetch', key: 1, version: 7, body: join(u32(0), u16(6)), code: '6' },
  { what: 'Fetch, flexible', key: 1, version: 12, body: join(u8(0), u32(0), u16(6)), code: '6' },
  { what: 'FindCoordinator', key: 10, version: 0, body: u16(15), code: '15' },
  { what: 'JoinGroup', key: 11, version: 6, body: join(u8(0), u32(0), u16(30)), code: '30' },
  { what: 'Heartbeat', key: 12, version: 1, body: join(u32(0), u16(27)), code: '27' },
  { what: 'an error without a code', key: 12, version: 0, body: u16(0xffff), code: '-1' },
  { what: 'no error', key: 12, version: 1, body: join(u32(0), u16(0)), code: undefined },
  {
    what: 'a member that is told its name',
    key: 11,
    version: 4,
    body: join(u32(0), u16(79)),
    code: undefined,
  },
  { what: 'Fetch without a code for all', key: 1, version: 4, body: u32(0, 1), code: undefined },
  { what: 'an API that is not read', key: 3, version: 9, body: u32(1, 2, 3), code: undefined },
  { what: 'a response that is too short', key: 12, version: 1, body: u32(0), code: undefined },
])('Kafka: the code of $what', ({ key, version, body, code }) => {
  const heard = listen(kafka, [kafkaRequest(key, version, 7), kafkaResponse(7, body)]);
  expect(heard?.fields('application-error')?.['code']).toBe(code);
});

test('Kafka: a request without a response does not shift the others', () => {
  const said = [
    kafkaRequest(0, 3, 1),
    kafkaRequest(12, 0, 2),
    kafkaRequest(0, 3, 3),
    kafkaResponse(2, u16(25)),
    kafkaResponse(3, producedV3),
    kafkaResponse(9, u16(27)),
  ];
  const codes: unknown[] = [];
  listen(kafka, said, {}, ({ fields }) => codes.push(fields['code']));
  expect(codes).toEqual(['25', '29']);
});

test.each([
  ['a name that is not printable', join(u32(14), u16(18, 3), u32(1), u16(4), u8(1, 2, 3, 4))],
  ['an empty name', join(u32(10), u16(18, 3), u32(1), u16(0))],
  ['another length', join(u32(15), u16(18, 3), u32(1), u16(4), ascii('shop'))],
  ['an API that does not exist', join(u32(14), u16(0x8001, 3), u32(1), u16(4), ascii('shop'))],
])('Kafka is not what begins with %s', (_what, bytes) => {
  expect(listen(kafka, [{ by: 'client', bytes }])).toBeNull();
});

test.each([
  [mysql, 'HTTP/1.1 200 OK\r\n\r\n'],
  [postgresql, 'Really no message of a database'],
  [redis, '-NOAUTH without a command before\r\n'],
  [redis, '-----BEGIN CERTIFICATE-----'],
])('$0.name is not %j', (protocol, text) => {
  expect(listen(protocol, [server(ascii(text))])).toBeNull();
});
