import { describe, expect, test } from 'vitest';
import { amount, byteSize, enumeration, milliseconds, share, thousands } from '../../src/report/amounts.ts';
import { namingOf, splitEndpoint } from '../../src/report/naming.ts';
import { clockSpan, offsetName, spanSeconds, timeSpan, wholeSpan } from '../../src/report/times.ts';
import { capture, NAMES } from './builders.ts';

test('amounts have the right plural', () => {
  expect([amount(0, 'query', 'queries'), amount(1, 'query', 'queries'), amount(1842, 'packet')]).toEqual([
    '0 queries',
    '1 query',
    '1,842 packets',
  ]);
  expect(share(1, 1, 'connection')).toBe('1 of 1 connection');
  expect(thousands(1234567)).toBe('1,234,567');
});

test.each([
  [0, '0 B'],
  [812, '812 B'],
  [1023.6, '1.0 KiB'],
  [267_264, '261 KiB'],
  [1_500_000, '1.4 MiB'],
  [100 * 1024 ** 3, '100 GiB'],
])('byteSize(%d)', (bytes, expected) => {
  expect(byteSize(bytes)).toBe(expected);
});

test.each([
  [0.42, '0.4 ms'],
  [88, '88 ms'],
  [999.6, '1.0 s'],
  [2900, '2.9 s'],
])('milliseconds(%d)', (value, expected) => {
  expect(milliseconds(value)).toBe(expected);
});

test('enumeration', () => {
  expect([
    enumeration([]),
    enumeration(['a']),
    enumeration(['a', 'b', 'c']),
    enumeration(['a', 'b', 'c'], 1),
  ]).toEqual(['', 'a', 'a, b and c', 'a and 2 more']);
});

describe('times', () => {
  test('a span names its day once, or both', () => {
    expect(timeSpan('2026-11-21T10:04:12.1Z', '2026-11-21T10:04:42.9Z')).toBe(
      '2026-11-21 10:04:12–10:04:42 UTC',
    );
    expect(timeSpan('2026-11-21T23:59:59Z', '2026-11-22T00:00:01Z')).toBe(
      '2026-11-21 23:59:59–2026-11-22 00:00:01 UTC',
    );
    expect(timeSpan('', '')).toBe('');
    expect(clockSpan('2026-11-21T10:04:12.104233Z', '2026-11-21T10:04:12.104999Z')).toBe(
      '10:04:12.104 UTC: ',
    );
    expect(clockSpan('', '')).toBe('');
  });

  test('offsets and whole spans', () => {
    expect([offsetName(0), offsetName(60), offsetName(-210)]).toEqual([
      'UTC+00:00',
      'UTC+01:00',
      'UTC-03:30',
    ]);
    expect(spanSeconds('2026-11-21T10:00:00Z', '2026-11-21T10:00:02.5Z')).toBe(2.5);
    expect(spanSeconds('', 'x')).toBe(0);
    expect(
      wholeSpan([
        { firstSeen: '', lastSeen: '' },
        { firstSeen: 'b', lastSeen: 'c' },
        { firstSeen: 'a', lastSeen: 'b' },
      ]),
    ).toEqual({ firstSeen: 'a', lastSeen: 'c' });
  });
});

const SEEN = {
  '203.0.113.9': { names: ['api.example', 'cdn.example'], from: 'DNS' },
  '10.96.3.4': { names: ['payments.shop.svc.cluster.local'], from: 'DNS' },
  'fd00::9': { names: ['six.example'], from: 'TLS' },
} as const;

describe('naming', () => {
  const report = { names: { ...NAMES, 'fd00::1': 'svc/six.shop' }, seenNames: SEEN, captures: [capture()] };
  const naming = namingOf(report, 'short');

  test.each([
    [
      '10.244.1.5 gets no answer from 10.96.3.4:443: 12 of 12.',
      'pod/client gets no answer from svc/payments:443: 12 of 12.',
    ],
    ['asked [fd00::1]:53 and fd00::1, at 10:04:12', 'asked svc/six:53 and svc/six, at 10:04:12'],
    ['10.96.0.10.', 'svc/kube-dns.kube-system.'],
    ['110.96.3.4 and 10.96.3.40 and 10.96.3.4.5', '110.96.3.4 and 10.96.3.40 and 10.96.3.4.5'],
  ])('%s', (text, expected) => {
    expect(naming.sentence(text)).toBe(expected);
  });

  test('styles', () => {
    expect(namingOf(report, 'full').endpoint('10.96.3.4:80')).toBe('svc/payments.shop:80');
    expect(namingOf(report, 'both').endpoint('10.96.3.4:80')).toBe('svc/payments.shop:80 (10.96.3.4)');
    expect(namingOf(report, 'both').host('192.0.2.1')).toBe('192.0.2.1');
    expect(
      namingOf(
        { ...report, captures: [capture(), capture({ vantagePoint: 'pod/other/x eth0' })] },
        'short',
      ).host('10.96.3.4'),
    ).toBe('svc/payments.shop');
  });

  test('what the capture proves is used where the cluster has no name, and says so in full', () => {
    expect(naming.endpoint('203.0.113.9:443')).toBe('api.example:443');
    expect(naming.sentence('asked [fd00::9]:53')).toBe('asked six.example:53');
    expect(naming.endpoint('10.96.3.4:80')).toBe('svc/payments:80');
    expect(namingOf(report, 'both').endpoint('203.0.113.9:443')).toBe(
      'api.example:443 (203.0.113.9, from DNS, also cdn.example)',
    );
    expect(namingOf(report, 'both').host('fd00::9')).toBe('six.example (fd00::9, from TLS)');
  });

  test('a name such as "constructor" is no address of the report', () => {
    expect(naming.host('constructor')).toBe('constructor');
  });

  test('splitEndpoint', () => {
    expect(splitEndpoint('[fd00::1]:80')).toEqual({ address: 'fd00::1', port: ':80' });
    expect(splitEndpoint('fd00::1')).toEqual({ address: 'fd00::1', port: '' });
    expect(splitEndpoint('10.0.0.1')).toEqual({ address: '10.0.0.1', port: '' });
  });
});
