import { describe, expect, test } from 'vitest';
import { readServerCertificate } from '../../src/applications/tls-certificate.ts';
import { certificate } from '../packets/certificates.ts';
import { certificateMessage } from '../packets/tls.ts';

const names = ['valid', 'expired', 'future', 'mesh', 'selfSigned'] as const;
const bodyOf = (der: Uint8Array): Uint8Array => certificateMessage(der).slice(4);
const read = (name: (typeof names)[number]) => readServerCertificate(bodyOf(certificate(name)));

describe('a certificate', () => {
  test.each([
    ['valid', 'shop.example', true],
    ['valid', 'SHOP.example', true],
    ['valid', 'api.shop.example', true],
    ['valid', 'a.b.shop.example', false],
    ['valid', 'other.example', false],
    ['valid', '10.96.3.4', true],
    ['valid', '10.96.3.5', false],
    ['valid', '999.1.1.1', true],
    ['valid', 'no host name at all', true],
    ['mesh', 'shop.example', true],
    ['selfSigned', 'shop.example', false],
  ] as const)('%s: holds for %s: %s', (name, host, holds) => expect(read(name)?.isFor(host)).toBe(holds));

  test('is the same when it comes again, and between others', () => {
    const once = names.map((name) => read(name)?.notAfterMs);
    expect(new Set(once).size).toBe(2);
    expect([...names, ...names.toReversed()].map((name) => read(name)?.notAfterMs)).toEqual([
      ...once,
      ...once.toReversed(),
    ]);
    expect(names.filter((name) => read(name)?.isSelfSigned)).toEqual(['selfSigned']);
  });

  test('that differs in one byte is another, or none', () => {
    const der = certificate('valid');
    expect(readServerCertificate(bodyOf(der))?.notAfterMs).toBe(Date.UTC(2040, 0, 1));
    for (let at = 0; at < der.length - 1; at += 5) {
      const changed = der.with(at, (der[at] as number) ^ 1);
      expect(() => readServerCertificate(bodyOf(changed))?.isFor('shop.example')).not.toThrow();
    }
    expect(readServerCertificate(bodyOf(der.with(0, 0)))).toBeUndefined();
  });

  test('that is cut anywhere is none', () => {
    const body = bodyOf(certificate('valid'));
    for (let length = 0; length < body.length; length++) {
      expect(readServerCertificate(body.slice(0, length))).toBeUndefined();
    }
  });
});
