import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientKeys, QUIC_V1, QUIC_V2 } from '../../src/applications/quic-initial.ts';
import { quic } from '../../src/applications/quic.ts';
import { join, u32, u8 } from '../packets/octets.ts';
import { cryptoFrame, initialPacket } from '../packets/quic.ts';
import { clientHello } from '../packets/tls.ts';
import { listen } from './listen.ts';
import type { Said } from './listen.ts';

const client = (bytes: Uint8Array): Said => ({ by: 'client', bytes });
const answer: Said = { by: 'server', bytes: new Uint8Array(60) };
const hello = clientHello({ sni: 'shop.example', alpn: ['h3'] });
const initial = (frames: Uint8Array, rest: Partial<Parameters<typeof initialPacket>[0]> = {}): Said =>
  client(initialPacket({ frames, ...rest }));
const HEARD = { sni: 'shop.example', version: 'QUIC v1', alpn: 'h3' };

// RFC 9001 appendix A.1 and RFC 9369 appendix A.1: both for the connection id 0x8394c8f03e515708.
test.each([
  [
    QUIC_V1,
    '1f369613dd76d5467730efcbe3b1a22d',
    'fa044b2f42a3fd3b46fb255c',
    '9f50449e04a0e810283a1e9933adedd2',
  ],
  [
    QUIC_V2,
    '8b1a0bc121284290a29e0971b5cd045d',
    '91f73e2351d8fa91660e909f',
    '45b95e15235d6f45a6b19cbcb0294ba9',
  ],
])('the keys of version %i are those of its RFC', (version, key, iv, headerProtection) => {
  const keys = clientKeys(version, Buffer.from('8394c8f03e515708', 'hex'));
  expect([keys.key, keys.iv, keys.headerProtection].map((bytes) => bytes.toString('hex'))).toEqual([
    key,
    iv,
    headerProtection,
  ]);
});

describe('a hello', () => {
  test.each([
    ['in one packet', [initial(cryptoFrame(0, hello))]],
    [
      'behind padding, PING and ACK',
      [initial(join(u8(0, 1, 2, 5, 0, 1, 0, 0, 0), u8(3, 5, 0, 0, 0, 1, 1, 1), cryptoFrame(0, hello)))],
    ],
    [
      'in pieces out of order',
      [initial(join(cryptoFrame(40, hello.slice(40)), u8(1), cryptoFrame(0, hello.slice(0, 40))))],
    ],
    [
      'over two packets',
      [initial(cryptoFrame(30, hello.slice(30))), initial(cryptoFrame(0, hello.slice(0, 30)), { number: 1 })],
    ],
  ])('%s', (_, said) => {
    expect(listen(quic, [...said, answer])?.fields('quic-handshake')).toEqual(HEARD);
  });

  test('of version 2', () => {
    const said = [initial(cryptoFrame(0, hello), { version: QUIC_V2 }), answer];
    expect(listen(quic, said)?.fields('quic-handshake')).toEqual({ ...HEARD, version: 'QUIC v2' });
  });

  test('behind a Retry, which gives another connection id', () => {
    const again = initial(cryptoFrame(0, hello), { dcid: u8(9, 9, 9, 9, 9), token: u8(1, 2, 3), number: 1 });
    expect(listen(quic, [initial(u8(1)), answer, again])?.fields('quic-handshake')).toEqual(HEARD);
  });

  test('behind the server’s connection id, with the keys of the first', () => {
    const first = u8(1, 2, 3, 4, 5, 6, 7, 8);
    const rest = initial(cryptoFrame(30, hello.slice(30)), { dcid: u8(7, 7, 7), keysOf: first, number: 1 });
    const said = [initial(cryptoFrame(0, hello.slice(0, 30)), { dcid: first }), answer, rest];
    expect(listen(quic, said)?.fields('quic-handshake')).toEqual(HEARD);
  });

  test('after version negotiation', () => {
    const greased = join(u8(0xc0), u32(0x1a2a3a4a), u8(8), new Uint8Array(1200));
    const said = [client(greased), answer, initial(cryptoFrame(0, hello))];
    expect(listen(quic, said)?.fields('quic-handshake')).toEqual(HEARD);
  });
});

describe('no answer', () => {
  const twice = [initial(cryptoFrame(0, hello)), initial(cryptoFrame(0, hello), { number: 1 })];
  test('is noted when the Initial was sent again', () => {
    expect(listen(quic, twice)?.fields('quic-no-answer')).toEqual({
      sni: 'shop.example',
      version: 'QUIC v1',
    });
  });
  test('is not noted for one', () => expect(listen(quic, twice.slice(1))?.kinds).toEqual([]));
  test('is not noted where one came', () =>
    expect(listen(quic, [...twice, answer])?.kinds).toEqual(['quic-handshake']));
});

describe('hostile bytes', () => {
  const whole = (initial(cryptoFrame(0, hello)) as Said).bytes;

  test.each([
    ['a short header', join(u8(0x40), new Uint8Array(1300))],
    ['a small datagram', whole.slice(0, 1199)],
    ['another version', join(u8(0xc0), u32(0x0102_0304), new Uint8Array(1300))],
    ['a connection id of 21 bytes', join(u8(0xc0), u32(1), u8(21), new Uint8Array(1300))],
  ])('%s is not QUIC', (_, bytes) => expect(listen(quic, [client(bytes)])).toBeNull());

  test('packets of which the end was not captured, at every length', () => {
    for (let captured = 6; captured < whole.length; captured += 7) {
      expect(
        listen(quic, [{ by: 'client', bytes: whole, captured }, answer])?.fields('quic-handshake'),
      ).toMatchObject({ sni: '' });
    }
  });

  test('frames that lie', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 1, 2, 3, 6, 28, 0x40, 0x7f, 0xc0, 0xff), { maxLength: 300 }),
        (frames) => {
          expect(() =>
            listen(quic, [
              initial(u8(...frames)),
              initial(join(cryptoFrame(9, hello.slice(9)), u8(...frames))),
              answer,
            ]),
          ).not.toThrow();
        },
      ),
      { numRuns: 200 },
    );
  });

  test('random changes', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(255), fc.nat(1199), (at, byte, other) => {
        const changed = whole.slice();
        changed[at] = byte;
        changed[other] = byte;
        expect(() => listen(quic, [client(whole), client(changed), answer])).not.toThrow();
        expect(() => listen(quic, [client(changed), client(changed)])).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });
});
