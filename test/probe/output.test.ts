import { describe, expect, test } from 'vitest';
import { parseDig } from '../../src/probe/dns-probe.ts';
import { gotOf, judgeLarge, judgeSmall } from '../../src/probe/mtu-probe.ts';
import { judgeIdle } from '../../src/probe/idle-probe.ts';
import { judgeLookups } from '../../src/probe/lookup-probe.ts';
import { judgeHandshake } from '../../src/probe/tls-probe.ts';
import type { ProbeResult } from '../../src/check/check-report.ts';
import { guessed } from '../../src/probe/run-probes.ts';
import { certificate } from '../packets/certificates.ts';

const NOW = new Date('2026-11-21T10:00:00Z');
const asked = (name: string, isNamed = true) => ({ name, isNamed, now: NOW });
const pem = (name: Parameters<typeof certificate>[0]): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate(name)).toString('base64')}\n-----END CERTIFICATE-----\nNew, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384\n`;

describe('what dig prints', () => {
  const header = (status: string): string => `;; ->>HEADER<<- opcode: QUERY, status: ${status}, id: 1\n`;
  test.each([
    [`${header('NOERROR')}payments.shop.svc.cluster.local. 5 IN A 10.96.3.4\n`, ['10.96.3.4'], '10.96.3.4'],
    [
      `${header('NOERROR')}a.example. 5 IN CNAME b.example.\nb.example. 5 IN A 192.0.2.1\n`,
      ['192.0.2.1'],
      '192.0.2.1',
    ],
    [header('NXDOMAIN'), [], 'the DNS server says NXDOMAIN'],
    [`${header('NOERROR')};; SERVER: 10.96.0.10#53\n`, [], 'the name exists, but has no address'],
    [';; communications error to 10.96.0.10#53: timed out\n', [], 'no DNS server answered'],
  ])('%#', (text, addresses, seen) => {
    expect(parseDig(text)).toEqual({ addresses, seen });
  });
});

describe('look-ups at once: exit status, begin and end of each, and what getent printed', () => {
  const found = '10.96.3.4 STREAM payments.shop.svc.cluster.local 10.96.3.4 DGRAM';
  test.each([
    [`0 10.00 10.01 ${found}\n0 10.00 10.03 ${found}\n`, ['10.96.3.4'], 'ok', '2 of 2 answered within 30 ms'],
    [
      `0 10.00 10.01 ${found}\n0 10.00 15.02 ${found}\n`,
      ['10.96.3.4'],
      'failed',
      '1 of 2 took up to 5.0 s, as where an answer is lost and asked for again',
    ],
    [`0 10.00 10.01 ${found}\n2 10.00 10.02\n`, ['10.96.3.4'], 'failed', '1 of 2 found no address'],
    ['2 10.00 10.01\n2 10.00 10.02\n', [], 'failed', '2 of 2 found no address'],
    ['sh: read: not found\n', [], 'failed', '0 of 0 found no address'],
  ])('%#', (text, addresses, status, seen) => {
    expect(judgeLookups(text)).toEqual({ addresses, status, seen });
  });
});

describe('what openssl prints', () => {
  test('a certificate for the name that is asked for', () => {
    const { status, seen } = judgeHandshake(pem('valid'), asked('shop.example'));
    expect(status).toBe('ok');
    expect(seen).toContain(
      'TLSv1.3, certificate of CN=shop.example for DNS:shop.example, DNS:*.shop.example',
    );
    expect(seen).toContain('issued by CN=Test CA, valid 2020-01-01 to 2040-01-01');
    expect(judgeHandshake(pem('valid'), asked('10.96.3.4')).status).toBe('ok');
  });

  test.each([
    ['expired', 'shop.example', 'the certificate expired on 2021-01-01'],
    ['future', 'shop.example', 'the certificate is valid from 2039-01-01 only'],
    ['valid', 'other.example', 'the certificate is not for other.example'],
    ['valid', '10.96.3.5', 'the certificate is not for 10.96.3.5'],
  ] as const)('%s for %s', (name, host, fault) => {
    const { status, seen } = judgeHandshake(pem(name), asked(host));
    expect([status, seen.startsWith(fault)]).toEqual(['failed', true]);
  });

  test('a certificate for another name is no fault where nobody said by which name it is asked', () => {
    expect(judgeHandshake(pem('valid'), asked('payments.shop', false)).status).toBe('ok');
    expect(judgeHandshake(pem('expired'), asked('payments.shop', false)).status).toBe('failed');
  });

  test('what was only guessed from the port and fails is not tried; what was spoken counts', () => {
    const result = (layer: 'tls' | 'http', seen: string): ProbeResult => ({
      layer,
      what: '',
      status: 'failed',
      seen,
      server: '',
    });
    expect(guessed(result('http', 'connected, but no response: Empty reply'))).toMatchObject({
      status: 'skipped',
      seen: 'nobody says that HTTP is spoken there (connected, but no response: Empty reply)',
    });
    expect(guessed(result('http', 'HTTP/1.1 503 after 2 ms: the server itself fails')).status).toBe('failed');
    expect(guessed(result('tls', 'the server does not speak TLS (wrong version number)')).status).toBe(
      'skipped',
    );
  });

  test('an authority that the debug image does not know is said, and no fault', () => {
    const text = `${pem('valid')}Verify return code: 20 (unable to get local issuer certificate)\n`;
    expect(judgeHandshake(text, asked('shop.example'))).toMatchObject({
      status: 'ok',
      seen: expect.stringContaining('the debug image does not trust it') as string,
    });
  });

  test.each([
    [
      'CONNECTED(00000003)\n0:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:x.c:1:\n',
      'the server does not speak TLS (wrong version number)',
    ],
    ['CONNECTED(00000003)\nwrite:errno=104\n', 'no handshake: the server sent no certificate'],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'its certificate cannot be read'],
  ])('no handshake %#', (text, seen) => {
    expect(judgeHandshake(text, asked('shop.example'))).toEqual({ status: 'failed', seen });
  });
});

describe('a large request', () => {
  test.each([
    ['failed', 'HTTP/1.1 431 after 1 ms', false, 'ok'],
    ['ok', 'HTTP/1.1 200 after 1 ms', false, 'ok'],
    ['failed', 'connected, but no response: Operation timed out', true, 'failed'],
    ['failed', 'connected, but no response: Recv failure: Connection reset by peer', false, 'skipped'],
  ] as const)('%s: %s', (status, seen, isSilent, expected) => {
    expect(judgeLarge({ status, seen, isSilent }).status).toBe(expected);
  });
});

describe('a large request that was written in two parts', () => {
  test.each([
    ['HTTP/1.1 200\n0\n', 'ok', 'large segments get through: HTTP/1.1 200'],
    ['\n6\n', 'failed', 'a small request was answered, a large one was not: no answer within 6 s'],
    ['\n0\n', 'skipped', 'the server takes no such request (it closed the connection)'],
    ['SSH-2.0-abcd\n1\n', 'skipped', 'the server takes no such request (it closed the connection)'],
    [null, 'failed', 'a small request was answered, a large one was not: no answer within 6 s'],
  ])('%j: %s', (text, status, seen) => {
    expect(judgeLarge(gotOf(text))).toEqual({ status, seen });
  });
});

describe('answers in small segments beside usual ones', () => {
  test.each([
    ['usual 210\nsmall 100000\nusual 210\nsmall 100000\n', 'failed'],
    ['usual 0\nsmall 4000\nusual 0\nsmall 5000\n', 'failed'],
    // One of two that came whole is chance, and so is what came large only.
    ['usual 100000\nsmall 100000\nusual 0\nsmall 100000\n', 'skipped'],
    ['usual 0\nsmall 100000\nusual 0\nsmall 0\n', 'skipped'],
    ['usual 0\nsmall 300\nusual 0\nsmall 300\n', 'skipped'],
    ['usual 0\nsmall 100000\n', 'skipped'],
    ['', 'skipped'],
  ])('%j: %s', (text, status) => {
    expect(judgeSmall(text).status).toBe(status);
    expect(judgeSmall(text).passedBytes).toBe(status === 'failed' ? 536 : undefined);
  });
});

describe('what came on connections that were left unused', () => {
  test.each([
    ['HTTP/HTTP/HTTP/HTTP/HTTP/HTTP/', 'ok', '6 of 6 answered'],
    ['HTTP/HTTP/\n', 'failed', '2 of 6 answered'],
    ['', 'failed', '0 of 6 answered'],
  ])('%j', (text, status, seen) => expect(judgeIdle(text)).toEqual({ status, seen }));
});
