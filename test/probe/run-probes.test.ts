import { describe, expect, test } from 'vitest';
import type { ProbeResult } from '../../src/check/check-report.ts';
import { planProbes } from '../../src/probe/probe-plan.ts';
import { probeDns } from '../../src/probe/dns-probe.ts';
import { isTlsWaitedFor, runProbes } from '../../src/probe/run-probes.ts';
import { PAYMENTS, SHOP, way } from '../check/evaluate.ts';
import { CLIENT } from '../explain/builders.ts';
import { certificate } from '../packets/certificates.ts';
import { place, type Said } from './place.ts';

const NOW = new Date('2026-11-21T10:00:00Z');
const ANSWERED = { out: '200 1.1 0.001 0.003\n' };
const CLOSED = { out: '000 0 0.001 0\n', err: 'curl: (52) Empty reply from server\n', exitCode: 52 };
const HANDSHAKE = {
  out: `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate('expired')).toString('base64')}\n-----END CERTIFICATE-----\nNew, TLSv1.3, Cipher is X\n`,
};

const shown = (results: readonly ProbeResult[], layer: ProbeResult['layer']): string[] =>
  results.filter((one) => one.layer === layer).map(({ status, server }) => `${server} ${status}`);
const isAgain = (argv: readonly string[]): boolean => argv.includes('--parallel-immediate');

describe('a Service of two endpoints that speaks HTTP', () => {
  const plan = planProbes(way());

  test('each is asked by itself, once where all answer', async () => {
    const here = place(() => ANSWERED);
    expect(shown(await runProbes(here, plan, NOW), 'http')).toEqual([
      '10.96.3.4:80 ok',
      '10.244.1.8:8080 ok',
      '10.244.2.7:8080 ok',
    ]);
    expect(here.ran.filter(isAgain)).toEqual([]);
  });

  test('where one does not, all of them again, each time by a connection of its own', async () => {
    const here = place((argv) =>
      argv[0] === 'curl' && argv.some((word) => word.endsWith(':10.244.2.7')) ? CLOSED : ANSWERED,
    );
    expect(shown(await runProbes(here, { ...plan, isGuessed: false }, NOW), 'http')).toEqual([
      '10.96.3.4:80 ok',
      '10.244.1.8:8080 ok',
      '10.244.2.7:8080 failed',
    ]);
    expect(here.ran.some((argv) => argv.some((word) => word.includes('0'.repeat(1000))))).toBe(false);
    const again = here.ran.filter(isAgain);
    expect(again).toHaveLength(2);
    for (const argv of again) expect(argv.filter((word) => word.startsWith('http://'))).toHaveLength(5);
  });

  test('not from a pod whose proxy decides where a request goes', async () => {
    const meshed = { text: '', pod: { ...CLIENT, sidecars: ['istio-proxy'] }, address: '10.244.1.5' };
    const here = place(() => ANSWERED);
    const results = await runProbes(here, planProbes(way(SHOP, PAYMENTS, { client: meshed })), NOW);
    expect(shown(results, 'http')).toEqual(['10.96.3.4:80 ok']);
  });
});

test('the dot at the end of a name is no part of what TLS asks for', async () => {
  const here = place(([program]) => (program === 'timeout' ? HANDSHAKE : ANSWERED));
  const plan = { ...planProbes(way()), speaksTls: true, hostName: 'payments.shop.' };
  await runProbes(here, plan, NOW);
  const handshake = here.ran.find((argv) => argv.includes('-servername'));
  expect(handshake?.[handshake.indexOf('-servername') + 1]).toBe('payments.shop');
});

describe('looking a name up', () => {
  const asked = async (getent: string, dig = ''): Promise<Awaited<ReturnType<typeof probeDns>>> => {
    const here = place(([program]) => ({ out: program === 'sh' ? getent : dig }));
    return await probeDns({ ...here, programs: new Set(['dig', 'getent', 'sh', 'timeout']) }, 'payments');
  };
  const statuses = ({ results }: Awaited<ReturnType<typeof probeDns>>): string[] =>
    results.map(({ status, seen }) => `${status}: ${seen}`);

  test('what programs find counts, and how long they wait for it', async () => {
    const slow = await asked(
      '0 1.00 1.02 10.96.3.4 STREAM payments\n0 1.00 6.02 10.96.3.4 STREAM payments\n',
    );
    expect(slow.addresses).toEqual(['10.96.3.4']);
    expect(statuses(slow)).toEqual([
      'ok: 10.96.3.4',
      'failed: 1 of 2 took up to 5.0 s, as where an answer is lost and asked for again',
    ]);
  });

  test('what is lost now and then is looked for three times', async () => {
    const { results } = await asked('0 1.00 1.02 10.96.3.4 STREAM payments\n');
    expect(results[1]).toMatchObject({ status: 'ok', seen: '3 of 3 answered within 20 ms' });
  });

  test('where they find nothing, dig says why, or finds it', async () => {
    expect(
      statuses(await asked('2 1.00 1.02\n', ';; ->>HEADER<<- opcode: QUERY, status: SERVFAIL, id: 1\n')),
    ).toEqual(['failed: the DNS server says SERVFAIL']);
    expect(statuses(await asked('127 1.00 1.02\n', 'payments. 5 IN A 10.96.3.4\n'))).toEqual([
      'ok: 10.96.3.4',
    ]);
  });
});

describe('a server that closes on plain HTTP', () => {
  const plan = { ...planProbes(way()), isGuessed: false };
  const tls = (answer: Said) =>
    place(([program]) => (program === 'curl' ? CLOSED : program === 'socat' ? ANSWERED : answer));

  test('and speaks TLS: said, and its certificate is no fault of the way', async () => {
    const results = await runProbes(tls(HANDSHAKE), plan, NOW);
    expect(shown(results, 'tls')).toEqual(['10.96.3.4:80 ok']);
    expect(results.filter((one) => isTlsWaitedFor(one, plan))).not.toEqual([]);
  });

  test('and does not: nothing is said of TLS', async () => {
    expect(shown(await runProbes(tls({ out: '' }), plan, NOW), 'tls')).toEqual([]);
  });

  test('where only its number speaks for HTTP, TLS is not tried', async () => {
    const here = tls(HANDSHAKE);
    expect(shown(await runProbes(here, { ...plan, isGuessed: true }, NOW), 'tls')).toEqual([]);
    expect(here.ran.some((argv) => argv.includes('openssl'))).toBe(false);
  });
});

describe('an answer that does not come whole', () => {
  const plan = planProbes(way());
  /** The scripts get the address that they dial as an argument. */
  const cut = (size: number, promised: string): ReturnType<typeof place> =>
    place(([program, ...words]) => {
      if (program === 'curl')
        return words.some((word) => word.endsWith(':10.244.2.7') || word.endsWith(':10.96.3.4'))
          ? { out: `200 1.1 0.001 0.003 ${size} ${promised}\n`, exitCode: 28 }
          : ANSWERED;
      if (program !== 'sh') return ANSWERED;
      return words.some((word) => word.includes('mss='))
        ? { out: 'usual 210\nsmall 90000\nusual 210\nsmall 90000\n' }
        : { out: 'HTTP/1.1 200\n0\n' };
    });

  test('is asked for in small segments, before a large request makes the pod ask for those by itself', async () => {
    const here = cut(210, '90000');
    const results = await runProbes(here, plan, NOW);
    expect(shown(results, 'http')).toContain('10.244.2.7:8080 failed');
    expect(shown(results, 'mtu')).toEqual([
      '10.96.3.4:80 failed',
      '10.244.2.7:8080 failed',
      '10.244.1.8:8080 ok',
      '10.244.2.7:8080 ok',
    ]);
    const scripts = here.ran.filter(([program]) => program === 'sh');
    expect(scripts.map((argv) => argv.some((word) => word.includes('mss=')))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    for (const argv of scripts) expect(argv[2]).not.toContain('10.');
  });

  test.each([
    ['payments.shop', 'OPENSSL:10.96.3.4:80,connect-timeout=4,shut-none,verify=0,snihost=payments.shop'],
    ['10.96.3.4', 'OPENSSL:10.96.3.4:80,connect-timeout=4,shut-none,verify=0,no-sni=1'],
    ['a,exec=b', 'OPENSSL:10.96.3.4:80,connect-timeout=4,shut-none,verify=0,no-sni=1'],
  ])('a handshake with %s that does not end is tried so as well', async (hostName, address) => {
    const hanging = { out: '000 0 0.001 0\n', err: 'curl: (28) SSL connection timeout\n', exitCode: 28 };
    const here = place(([program]) =>
      program === 'curl' ? hanging : { out: 'usual 0\nsmall 90000\nusual 0\nsmall 90000\n' },
    );
    const results = await runProbes(here, { ...plan, speaksTls: true, isGuessed: false, hostName }, NOW);
    expect(shown(results, 'mtu')).toContain('10.96.3.4:80 failed');
    expect(here.ran.flat()).toContain(`${address},mss=536`);
  });

  test.each([
    [210, ''],
    [210, '%header{content-length}'],
    [400_000, '9000000'],
    [210, '210'],
  ])('%d bytes of "%s" are no fault: a stream, a long file, all of it', async (size, promised) => {
    const results = await runProbes(cut(size, promised), plan, NOW);
    expect(shown(results, 'http')).toContain('10.244.2.7:8080 ok');
  });
});
