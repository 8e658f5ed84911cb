import { describe, expect, test } from 'vitest';
import { banners } from '../../src/applications/banners.ts';
import { startTls } from '../../src/applications/start-tls.ts';
import { signatureBytes, signatureOf } from '../../src/applications/signatures.ts';
import { ascii, join, u8 } from '../packets/octets.ts';
import { alert, changeCipherSpec, clientHello, inRecord, serverHello } from '../packets/tls.ts';
import { listen } from './listen.ts';

const firstBytes = (bytes: Uint8Array) => ({
  view: new DataView(bytes.slice().buffer),
  offset: 0,
  captured: bytes.length,
  length: bytes.length,
});
const mysql = join(u8(0x4a, 0, 0, 0, 10), ascii('8.4.0\0'), new Uint8Array(68));

const known: readonly (readonly [string, Uint8Array])[] = [
  ['TLS ClientHello', inRecord(clientHello())],
  ['TLS ServerHello', inRecord(serverHello())],
  ['TLS alert', alert(40)],
  ['HTTP/2 preface', ascii('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ['HTTP/1 request', ascii('PATCH /a HTTP/1.1\r\n')],
  ['HTTP/1 response', ascii('HTTP/1.0 400 Bad Request\r\n')],
  ['HTML', ascii('<!DOCTYPE html>')],
  ['SSH banner', ascii('SSH-2.0-OpenSSH_9.7\r\n')],
  ['SMTP or FTP greeting', ascii('220 mail')],
  ['POP3 greeting', ascii('+OK ready')],
  ['IMAP greeting', ascii('* OK ready')],
  ['MySQL greeting', mysql],
];

describe('first bytes', () => {
  test.each(known)('%s', (name, bytes) => expect(signatureOf(firstBytes(bytes))).toBe(name));

  test.each([
    ['nothing', u8()],
    ['a change of ciphers', changeCipherSpec],
    ['an alert of no level', alert(40, 7)],
    ['words', ascii('GETTING THERE')],
    ['zeroes', new Uint8Array(40)],
    ['a handshake that is no hello', inRecord(u8(11, 0, 1, 0))],
  ])('%s is not known', (_, bytes) => expect(signatureOf(firstBytes(bytes))).toBe(''));

  test.each(known)('%s, cut at any byte, is itself or not known', (name, bytes) => {
    for (let length = 0; length < Math.min(bytes.length, 40); length++) {
      const found = signatureOf(firstBytes(bytes.slice(0, length)));
      expect([name, '', name === 'TLS ServerHello' && length === 5 ? 'TLS ClientHello' : '']).toContain(
        found,
      );
    }
  });

  test('as many bytes as it says are enough for a text', () => {
    for (const [name, bytes] of known) {
      const needed = signatureBytes(firstBytes(bytes));
      expect(needed === 0 ? name : signatureOf(firstBytes(bytes.slice(0, needed)))).toBe(name);
    }
  });
});

describe('a server that greets', () => {
  const greet = { by: 'server', bytes: ascii('SSH-2.0-x\r\n') } as const;
  test.each([
    ['HTTP/1', ascii('GET / HTTP/1.1\r\n')],
    ['HTTP/2', ascii('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['TLS', inRecord(clientHello())],
  ])('hears a client of %s', (asked, bytes) => {
    const heard = listen(banners, [greet, { by: 'client', bytes }]);
    expect(heard?.fields('wrong-protocol')).toEqual({ asked, answered: 'SSH banner' });
  });

  test.each([
    ['its own protocol', [{ by: 'client', bytes: ascii('SSH-2.0-y\r\n') }]],
    [
      'TLS later',
      [
        { by: 'client', bytes: ascii('STARTTLS\r\n') },
        { by: 'client', bytes: inRecord(clientHello()) },
      ],
    ],
    ['bytes behind a gap', [{ by: 'client', bytes: ascii('GET / HTTP/1.1\r\n'), afterGap: true }]],
  ] as const)('says nothing of %s', (_, said) =>
    expect(listen(banners, [greet, ...said])?.kinds).toEqual([]),
  );

  test('may go over to TLS after some words', () => {
    const mail = [
      { by: 'server', bytes: ascii('220 mail\r\n') },
      { by: 'client', bytes: ascii('STARTTLS\r\n') },
      { by: 'server', bytes: ascii('220 go ahead\r\n') },
      { by: 'client', bytes: inRecord(clientHello({ sni: 'mail.example' })) },
      { by: 'server', bytes: inRecord(serverHello()) },
    ] as const;
    const heard = listen(startTls(banners), mail);
    expect(heard?.kinds).toEqual(['tls-handshake']);
    expect(heard?.fields('tls-handshake')).toMatchObject({ sni: 'mail.example' });
    const early = [greet, ...mail.slice(3)];
    expect(listen(startTls(banners), early)?.kinds).toEqual(['wrong-protocol']);
  });

  test('is the server', () => expect(listen(banners, [{ ...greet, by: 'client' }])).toBeNull());
});
