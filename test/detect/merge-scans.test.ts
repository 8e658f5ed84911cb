import { describe, expect, test } from 'vitest';
import { detect } from '../../src/detect/index.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { mergeScans } from '../../src/detect/merge-scans.ts';
import { CLIENT, DNS_SERVER, observe, SERVICE, syns, untilSecond } from '../conversations/observe.ts';
import { dnsAnswer, dnsQuery } from '../packets/dns.ts';
import { at } from '../packets/pcap.ts';
import { tcp } from '../packets/transport.ts';

test('a scan of 2,000 ports is at most three findings', () => {
  const frames = Array.from({ length: 2000 }, (_, i) => {
    const way = { from: `${CLIENT}:40000`, to: `${SERVICE}:${i + 1}` };
    if (i % 7 === 0)
      return [
        ...syns([i / 1000], way),
        at(i / 1000 + 0.0005, tcp({ from: way.to, to: way.from, flags: 'RA', ack: 1001 })),
      ];
    return syns([i / 1000, i / 1000 + 1], way);
  }).flat();
  const findings = detect(observe([...frames.toSorted((a, b) => a.time - b.time), ...untilSecond(10)]));
  expect(findings.length).toBeLessThanOrEqual(3);
  expect(findings.map(({ id }) => id)).toEqual(['tcp-syn-no-answer', 'tcp-refused', 'connection-scan']);
  expect(findings[0]).toMatchObject({ client: CLIENT, server: '*', count: 1714, severity: 'error' });
  expect(findings[0]?.text).toMatch(/^1714 different addresses and ports: /u);
  expect(findings[0]?.details).toMatchObject({ attempts: 1714, succeeded: 0 });
  expect(findings[0]?.details.servers).toHaveLength(16);
});

test('many clients of one server are one finding', () => {
  const frames = Array.from({ length: 25 }, (_, i) =>
    syns([i / 100, i / 100 + 1], { from: `10.244.3.${i + 1}:40000`, to: `${SERVICE}:80` }),
  ).flat();
  expect(detect(observe(frames))).toMatchObject([
    { id: 'tcp-syn-no-answer', client: '*', server: `${SERVICE}:80`, count: 25 },
  ]);
});

describe('what a merged finding keeps', () => {
  const names = Array.from({ length: 25 }, (_, i) =>
    i === 0 ? '5.1.244.10.in-addr.arpa' : `svc${i}.shop.svc.cluster.local`,
  );
  const way = { from: `${CLIENT}:5353`, to: `${DNS_SERVER}:53` };
  const frames = names.flatMap((name, i) => {
    const asked = { name, id: i + 1 };
    return [
      at(i, dnsQuery({ ...way, ...asked })),
      at(i + 0.01, dnsAnswer({ ...asked, from: way.to, to: way.from, rcode: 'NXDOMAIN' })),
    ];
  });
  const findings = detect(observe(frames));

  test('the worst severity, not the first', () => {
    expect(findings).toMatchObject([{ id: 'dns-nxdomain', severity: 'error', count: 25 }]);
  });

  test('the one server, and what differs is called names', () => {
    expect(findings[0]?.server).toBe(`${DNS_SERVER}:53`);
    expect(findings[0]?.text).toMatch(
      /^25 different names: the name svc1\.shop\.svc\.cluster\.local does not exist/u,
    );
  });

  test('the names and walks of all, as far as there is room', () => {
    expect(findings[0]?.details.names).toEqual(names.slice(1, 17));
    expect(findings[0]?.details.walks?.map(({ name }) => name)).toEqual(names.slice(1, 17));
  });
});

test('nineteen are left as they are', () => {
  const finding = (i: number): Finding => ({
    id: 'tcp-refused',
    severity: 'error',
    confidence: 'high',
    capture: 0,
    client: CLIENT,
    server: `${SERVICE}:${i}`,
    protocol: 'TCP',
    count: 1,
    firstSeen: '',
    lastSeen: '',
    frames: [i],
    text: 'x',
    details: {},
  });
  const nineteen = Array.from({ length: 19 }, (_, i) => finding(i));
  expect(mergeScans(nineteen)).toEqual(nineteen);
  expect(mergeScans([...nineteen, finding(19)])).toMatchObject([
    { count: 20, frames: Array.from({ length: 16 }, (_, i) => i) },
  ]);
});
