import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { detectors } from '../../src/detect/index.ts';
import { triggerIds, triggerOf } from '../../src/recorder/triggers.ts';
import { dnsAnswer, dnsQuery } from '../packets/dns.ts';
import { ethernet } from '../packets/link.ts';
import { ascii } from '../packets/octets.ts';
import { at, pcap } from '../packets/pcap.ts';
import { icmpError, tcp } from '../packets/transport.ts';

const [client, server] = ['10.244.1.5:40000', '10.96.3.4:80'];
const [client6, server6] = ['[fd00::5]:40000', '[fd00::4]:80'];
const [resolver, asker] = ['10.96.0.10:53', '10.244.1.5:50000'];
const [resolver6, asker6] = ['[fd00::a]:53', '[fd00::5]:50000'];

/** Numbers of the frames that the trigger's expression matches, as tcpdump sees it. */
function matches(id: string, frames: readonly Uint8Array[]): number[] {
  const capture = pcap(frames.map((frame, index) => at(index, ethernet(frame))));
  const { status, stdout, stderr } = spawnSync(
    'tcpdump',
    ['-n', '--number', '-r', '-', '--', triggerOf(id).expression],
    { input: capture, encoding: 'utf8' },
  );
  expect(status, stderr).toBe(0);
  return [...stdout.matchAll(/^ *(\d+) +\d/gm)].map((_, index) => index + 1);
}

const syn = tcp({ from: client, to: server, flags: 'S', seq: 100 });
const query = dnsQuery({ from: asker, to: resolver, name: 'db.shop' });
const answer = (from: string, to: string, rcode: string): Uint8Array =>
  dnsAnswer({ from, to, name: 'db.shop', rcode });
const quiet = [
  tcp({ from: client, to: server, flags: 'PA', seq: 1, ack: 1, payload: ascii('GET / HTTP/1.1\r\n') }),
  tcp({ from: server, to: client, flags: 'PA', seq: 1, ack: 1, payload: ascii('HTTP/1.1 200 OK\r\n\r\n') }),
  tcp({ from: client, to: server, flags: 'FA', seq: 1, ack: 1 }),
  answer(resolver, asker, 'NOERROR'),
];

const hasTcpdump = spawnSync('tcpdump', ['--version']).status === 0;

// What the expressions match is decided by libpcap, so it is asked; the cluster suite starts real ones.
describe.skipIf(!hasTcpdump)('a trigger', () => {
  test.each<[string, readonly Uint8Array[]]>([
    ['dns-no-answer', [query, dnsQuery({ from: asker6, to: resolver6, name: 'db.shop' })]],
    ['dns-nxdomain', [answer(resolver, asker, 'NXDOMAIN'), answer(resolver6, asker6, 'NXDOMAIN')]],
    ['dns-refused', [answer(resolver, asker, 'REFUSED'), answer(resolver6, asker6, 'REFUSED')]],
    ['dns-servfail', [answer(resolver, asker, 'SERVFAIL'), answer(resolver6, asker6, 'SERVFAIL')]],
    ['dns-truncated', [dnsAnswer({ from: resolver, to: asker, name: 'db.shop', truncated: true })]],
    ['dns-port-unreachable', [icmpError({ from: '10.96.0.10', to: '10.244.1.5', quoting: query, code: 3 })]],
    [
      'http-5xx',
      [
        tcp({
          from: server,
          to: client,
          flags: 'PA',
          seq: 1,
          ack: 1,
          payload: ascii('HTTP/1.1 503 Busy\r\n'),
        }),
        tcp({
          from: server6,
          to: client6,
          flags: 'PA',
          seq: 1,
          ack: 1,
          payload: ascii('HTTP/1.0 500 No\r\n'),
        }),
      ],
    ],
    ['icmp-unreachable', [icmpError({ from: '10.244.1.1', to: '10.244.1.5', quoting: query, code: 3 })]],
    ['path-mtu-discovery', [icmpError({ from: '10.244.1.1', to: '10.244.1.5', quoting: syn, code: 4 })]],
    ['tcp-rejected-by-icmp', [icmpError({ from: '10.244.1.1', to: '10.244.1.5', quoting: syn, code: 3 })]],
    ['ttl-exceeded', [icmpError({ from: '10.244.1.1', to: '10.244.1.5', quoting: syn, type: 11 })]],
    [
      'tcp-refused',
      [
        tcp({ from: server, to: client, flags: 'RA', ack: 101 }),
        tcp({ from: server6, to: client6, flags: 'RA', ack: 101 }),
      ],
    ],
    [
      'tcp-reset-midstream',
      [
        tcp({ from: server, to: client, flags: 'R', seq: 77 }),
        tcp({ from: server6, to: client6, flags: 'RA', seq: 77, ack: 5 }),
      ],
    ],
    ['tcp-syn-no-answer', [syn, tcp({ from: client6, to: server6, flags: 'S', seq: 9 })]],
    ['tcp-syn-ack-no-answer', [tcp({ from: server, to: client, flags: 'SA', seq: 5, ack: 101 })]],
    [
      'tcp-zero-window',
      [
        tcp({ from: server, to: client, flags: 'A', seq: 5, ack: 9, window: 0 }),
        tcp({ from: server6, to: client6, flags: 'A', seq: 5, ack: 9, window: 0 }),
      ],
    ],
    [
      'tls-alert',
      [
        tcp({
          from: server,
          to: client,
          flags: 'PA',
          seq: 1,
          ack: 1,
          payload: Uint8Array.of(21, 3, 3, 0, 2, 2, 40),
        }),
      ],
    ],
  ])('%s sees its packets and no healthy ones', (id, frames) => {
    expect(matches(id, frames)).toHaveLength(frames.length);
    expect(matches(id, quiet)).toEqual([]);
  });

  test.each(triggerIds)('%s is an expression that libpcap takes', (id) => {
    expect(matches(id, quiet)).toEqual([]);
  });
});

test('each trigger belongs to a finding', () => {
  const ids = detectors.map((detector) => detector.id);
  expect(triggerIds.filter((id) => !ids.includes(id))).toEqual([]);
});

test('a finding that no expression can tell is refused by name, with those that can', () => {
  expect(() => triggerOf('tcp-loss')).toThrow(
    expect.objectContaining({
      what: 'A recorder cannot wait for "tcp-loss"',
      fix: expect.stringMatching(/tcp-refused/),
    }),
  );
  expect(() => triggerOf('constructor')).toThrow('A recorder cannot wait for "constructor"');
});
