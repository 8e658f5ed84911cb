import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tls } from '../../src/applications/tls.ts';
import { certificate } from '../packets/certificates.ts';
import { join, u16, u8 } from '../packets/octets.ts';
import {
  alert,
  applicationData,
  certificateMessage,
  certificateRequest,
  changeCipherSpec,
  clientHello,
  clientKeyExchange,
  handshakeMessage,
  HANDSHAKE,
  inRecord,
  record,
  serverHello,
  serverHelloDone,
} from '../packets/tls.ts';
import { inPieces, listen } from './listen.ts';
import type { Said } from './listen.ts';

const client = (...bytes: Uint8Array[]): Said => ({ by: 'client', bytes: join(...bytes) });
const server = (...bytes: Uint8Array[]): Said => ({ by: 'server', bytes: join(...bytes) });
const hello = clientHello({
  sni: 'shop.example',
  alpn: ['h2', 'http/1.1'],
  versions: [0x0a0a, 0x0304, 0x0303],
});

/** A TLS 1.2 handshake with a certificate. */
const tls12: readonly Said[] = [
  client(inRecord(hello)),
  server(
    inRecord(serverHello({ version: 0x0303, alpn: 'h2' }), certificateMessage(certificate('valid'))),
    inRecord(certificateRequest, serverHelloDone),
  ),
  client(
    inRecord(certificateMessage(), clientKeyExchange),
    changeCipherSpec,
    record(HANDSHAKE, new Uint8Array(40)),
  ),
  server(changeCipherSpec, record(HANDSHAKE, new Uint8Array(40)), applicationData),
  client(applicationData),
];
const tls13: readonly Said[] = [
  client(inRecord(hello)),
  server(inRecord(serverHello()), changeCipherSpec, applicationData),
  client(changeCipherSpec, applicationData),
];
const notAfter = Date.UTC(2040, 0, 1);
const HANDSHAKE_12 = { sni: 'shop.example', version: 'TLS 1.2', alpn: 'h2', certificateNotAfter: notAfter };

describe('a handshake', () => {
  test('of TLS 1.2 gives version, names and dates', () => {
    const heard = listen(tls, tls12);
    expect(heard?.kinds).toEqual(['tls-handshake', 'tls-certificate']);
    expect(heard?.fields('tls-handshake')).toEqual(HANDSHAKE_12);
    expect(heard?.fields('tls-certificate')).toEqual({
      client: 'accepted',
      sni: 'shop.example',
      subject: 'shop.example',
      issuer: 'Test CA',
      names: 'shop.example, *.shop.example, 10.96.3.4',
      notBeforeMs: Date.UTC(2020, 0, 1),
      notAfterMs: notAfter,
      isSelfSigned: 0,
      isForName: 1,
    });
  });

  test('of TLS 1.3 gives what is in clear', () => {
    const heard = listen(tls, tls13);
    expect(heard?.kinds).toEqual(['tls-handshake']);
    expect(heard?.fields('tls-handshake')).toMatchObject({
      version: 'TLS 1.3',
      alpn: '',
      certificateNotAfter: 0,
    });
  });

  test('with a HelloRetryRequest is one handshake, and an alert in clear behind it is seen', () => {
    const retry = [
      client(inRecord(hello)),
      server(inRecord(serverHello({ isRetry: true })), changeCipherSpec),
    ];
    const again = [...retry, client(changeCipherSpec, inRecord(hello))];
    expect(listen(tls, [...again, ...tls13.slice(1)])?.kinds).toEqual(['tls-handshake']);
    expect(listen(tls, [...again, server(alert(47))])?.fields('tls-alert')).toMatchObject({
      code: 47,
      from: 'server',
    });
  });

  test.each([1, 2, 3, 5, 7, 64, 500])(
    'in pieces of %i bytes is the same, once five are there',
    (pieceBytes) => {
      const [first, ...rest] = tls12 as [Said, ...Said[]];
      const begin = { ...first, bytes: first.bytes.slice(0, 5) };
      const said = [begin, ...inPieces([{ ...first, bytes: first.bytes.slice(5) }, ...rest], pieceBytes)];
      const heard = listen(tls, said);
      expect(heard?.fields('tls-handshake')).toEqual(HANDSHAKE_12);
      expect(heard?.fields('tls-certificate')).toMatchObject({ client: 'accepted' });
    },
  );

  test('cut into two segments at any byte is the same', () => {
    const [first, ...rest] = tls12 as [Said, ...Said[]];
    for (let cut = 5; cut < first.bytes.length; cut++) {
      const parts = [first.bytes.slice(0, cut), first.bytes.slice(cut)].map((bytes) => client(bytes));
      expect(listen(tls, [...parts, ...rest])?.fields('tls-handshake'), `cut at ${cut}`).toEqual(
        HANDSHAKE_12,
      );
    }
  });

  test('whose messages span records is the same', () => {
    const spread = (message: Uint8Array): Uint8Array =>
      join(
        ...Array.from({ length: Math.ceil(message.length / 9) }, (_, i) =>
          inRecord(message.slice(i * 9, i * 9 + 9)),
        ),
      );
    const [, , ...rest] = tls12;
    const said = [
      client(spread(hello)),
      server(
        spread(
          join(
            serverHello({ version: 0x0303, alpn: 'h2' }),
            certificateMessage(certificate('valid')),
            serverHelloDone,
          ),
        ),
      ),
      ...rest,
    ];
    expect(listen(tls, said)?.fields('tls-handshake')).toEqual(HANDSHAKE_12);
  });

  test('is timed from ClientHello to ServerHello even if the client’s hello comes again', () => {
    expect(listen(tls, [...tls13, client(inRecord(hello))])?.kinds).toEqual(['tls-handshake']);
  });
});

test.each([
  ['asks for something', tls12, {}, 'accepted'],
  ['closes without asking', tls12.slice(0, 4), { how: 'fin' }, 'left'],
  ['refuses', [...tls12.slice(0, 2), client(alert(46))], { how: 'fin' }, 'refused'],
  ['has not been seen to the end', tls12.slice(0, 4), {}, 'unknown'],
  ['has not finished the handshake', tls12.slice(0, 2), { how: 'fin' }, 'unknown'],
] as const)('a client that %s', (_, said, ending, expected) => {
  expect(listen(tls, said, ending)?.fields('tls-certificate')).toMatchObject({ client: expected });
});

describe('what is missing', () => {
  const [first, second, third] = tls12 as [Said, Said, Said];

  test('bytes of the hello: nothing is said of silence', () => {
    const said = [client(first.bytes.slice(0, 30)), { ...client(first.bytes.slice(50)), afterGap: true }];
    expect(listen(tls, said)?.kinds).toEqual([]);
  });

  test('the snap length cut the certificate: the handshake is known, and an alert behind it', () => {
    const said = [first, { ...second, captured: 200 }, client(alert(48))];
    const heard = listen(tls, said);
    expect(heard?.kinds).toEqual(['tls-alert', 'tls-handshake']);
    expect(heard?.fields('tls-alert')).toMatchObject({ from: 'client', code: 48, subject: '' });
  });

  test('a lost segment: the next that begins with a record is understood again', () => {
    const said = [
      first,
      { ...second, bytes: second.bytes.slice(0, 300) },
      { ...server(alert(80)), afterGap: true },
    ];
    expect(listen(tls, said)?.fields('tls-alert')).toMatchObject({ from: 'server', code: 80 });
  });

  test('a lost segment: what does not begin with a record is passed over', () => {
    const said = [first, { ...server(join(u8(1, 2, 3), alert(80))), afterGap: true }, third];
    expect(listen(tls, said)?.kinds).toEqual([]);
  });
});

describe('hostile bytes', () => {
  test.each([
    ['a name that is not ASCII', clientHello({ sni: '\u009b2J\u0000\n' }), '\u009b2J\u0000\n'],
    ['a name that is too long', clientHello({ sni: 'a'.repeat(4000) }), 'a'.repeat(253)],
  ])('%s is kept as text, bounded', (_, message, sni) => {
    expect(
      listen(tls, [client(inRecord(message)), ...tls13.slice(1)])?.fields('tls-handshake'),
    ).toMatchObject({ sni });
  });

  test('a certificate that is none is passed over', () => {
    const said = [
      tls12[0] as Said,
      server(
        inRecord(serverHello({ version: 0x0303 }), certificateMessage(new Uint8Array(99)), serverHelloDone),
      ),
    ];
    expect(listen(tls, said)?.kinds).toEqual(['tls-handshake']);
  });

  test('a message that claims 16 MB takes no memory for it', () => {
    const huge = join(u8(11, 255, 255, 255), new Uint8Array(2000));
    const said = [
      tls12[0] as Said,
      server(inRecord(serverHello({ version: 0x0303 }), huge)),
      ...Array.from({ length: 50 }, () => server(inRecord(new Uint8Array(16_000)))),
    ];
    expect(listen(tls, said)?.kinds).toEqual(['tls-handshake']);
  });

  test('hellos of every length', () => {
    const body = hello.slice(4);
    for (let length = 0; length < body.length; length++) {
      expect(() =>
        listen(tls, [client(inRecord(handshakeMessage(1, body.slice(0, length)))), ...tls13.slice(1)]),
      ).not.toThrow();
      const answer = serverHello().slice(4, 4 + length);
      expect(() =>
        listen(tls, [client(inRecord(hello)), server(inRecord(handshakeMessage(2, answer)))]),
      ).not.toThrow();
    }
  });

  test('conversations that end at any byte', () => {
    for (const [index, { by, bytes }] of tls12.entries()) {
      for (let length = 0; length < bytes.length; length++) {
        expect(() =>
          listen(tls, [...tls12.slice(0, index), { by, bytes: bytes.slice(0, length) }]),
        ).not.toThrow();
        expect(() =>
          listen(tls, [...tls12.slice(0, index), { by, bytes, captured: length }, ...tls12.slice(index + 1)]),
        ).not.toThrow();
      }
    }
  });

  test('random changes, and random bytes', () => {
    const change = fc.record({ turn: fc.nat(4), at: fc.nat(900), byte: fc.nat(255), gap: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const said = tls12.map(({ by, bytes }) => ({ by, bytes: bytes.slice(), afterGap: false }));
        for (const { turn, at, byte, gap } of changes) {
          const one = said[turn] as (typeof said)[number];
          one.bytes[at % one.bytes.length] = byte;
          one.afterGap = gap && turn > 0;
        }
        expect(() => listen(tls, said)).not.toThrow();
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ minLength: 1, maxLength: 80 })), { maxLength: 12 }),
        (turns) => {
          expect(
            listen(tls, [
              client(inRecord(hello)),
              ...turns.map(([byClient, bytes]) => (byClient ? client(bytes) : server(bytes))),
            ]),
          ).not.toBeNull();
          const records = turns.map(([byClient, bytes]) => ({
            by: byClient ? ('client' as const) : ('server' as const),
            bytes: join(u8(22, 3, 3), u16(bytes.length), bytes),
          }));
          expect(listen(tls, [client(inRecord(hello)), ...records])).not.toBeNull();
        },
      ),
      { numRuns: 300 },
    );
  });
});
