import { describe, expect, test } from 'vitest';
import type { ServerSummary, Spread } from '../../src/conversations/conversation.ts';
import { compareServers } from '../../src/report/compare-servers.ts';
import { chanceOf } from '../../src/report/outliers.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import type { ServerComparison } from '../../src/report/report.ts';
import { renderTable } from '../../src/report/table.ts';
import { renderWide } from '../../src/report/wide.ts';
import { OPTIONS, report } from './builders.ts';

const BACKENDS = [1, 2, 3, 4, 5].map((host) => `10.244.${host}.9:8443`);
const SERVICES = new Map(BACKENDS.map((server) => [server, 'svc/payments.shop']));

function spread(medianMs: number, samples = 40): Spread {
  return { samples, lowMs: medianMs * 0.8, medianMs, highMs: medianMs * 1.3 };
}

/** A backend as healthy as the others. */
function backend(host: number, part: Partial<ServerSummary> = {}): ServerSummary {
  return {
    capture: 0,
    server: `10.244.${host}.9:8443`,
    address: `10.244.${host}.9`,
    port: 8443,
    protocol: 'TCP',
    attempts: 40,
    failed: 0,
    segments: 800,
    sentAgain: 1,
    lossyConnections: 1,
    requestSegments: 200,
    handshake: spread(0.4),
    roundTrip: spread(0.6),
    serverTime: spread(12),
    requests: 200,
    failedRequests: 1,
    ...part,
  };
}

/** The comparison of one backend with this about it and two healthy ones. */
function besideHealthy(part: Partial<ServerSummary>): ServerComparison | undefined {
  return compareServers([backend(1), backend(2, part), backend(3)], SERVICES, {})[0];
}

test.each<[string, Partial<ServerSummary>, string, string]>([
  [
    'its connections fail',
    { failed: 12, attempts: 14 },
    'failures',
    'of 3 servers of svc/payments.shop on port 8443, 10.244.2.9:8443 stands out: 12 of 14 connections failed (the others: 0 of 80 connections)',
  ],
  [
    'its requests fail',
    { failedRequests: 90 },
    'failed-requests',
    'of 3 servers of svc/payments.shop on port 8443, 10.244.2.9:8443 stands out: 90 of 200 requests ended in a server error or without a response (the others: 2 of 400 requests)',
  ],
  [
    'data is lost',
    { lossyConnections: 30, sentAgain: 60 },
    'loss',
    'of 3 servers of svc/payments.shop on port 8443, 10.244.2.9:8443 stands out: 30 of 40 connections had to send data again (the others: 2 of 80 connections)',
  ],
  [
    'it is far away',
    { roundTrip: spread(90) },
    'round-trip',
    'of 3 servers of svc/payments.shop on port 8443, 10.244.2.9:8443 stands out: the round trip takes 90 ms (the others: 0.6 ms at most)',
  ],
  [
    'it is slow',
    { serverTime: spread(900) },
    'server-time',
    'of 3 servers of svc/payments.shop on port 8443, 10.244.2.9:8443 stands out: it takes 900 ms to answer (the others: 12 ms at most)',
  ],
])('the one bad backend jumps out: %s', (_name, part, kind, text) => {
  const comparison = besideHealthy(part);
  expect(comparison?.text).toBe(text);
  expect(comparison?.servers[0]).toMatchObject({ server: '10.244.2.9:8443', differs: [kind] });
  expect(comparison?.servers.slice(1).flatMap(({ differs }) => differs)).toEqual([]);
});

describe('no alarm', () => {
  test.each<[string, Partial<ServerSummary>]>([
    ['where nothing differs', {}],
    ['for a single failure', { failed: 1, attempts: 1 }],
    ['for few attempts', { failed: 4, attempts: 4 }],
    ['for a share that is small', { failed: 4, attempts: 40 }],
    ['for one lossy connection with many retransmissions', { sentAgain: 200, lossyConnections: 1 }],
    ['for another node: half a millisecond more', { roundTrip: spread(1.4) }],
    ['for few samples', { serverTime: spread(900, 12) }],
    ['for connections that carry more requests', { serverTime: spread(900), requestSegments: 2000 }],
  ])('%s', (_name, part) => {
    expect(besideHealthy(part)?.text).toBe('');
  });

  test('where as many servers are bad as good', () => {
    const bad = { failed: 30 };
    const [comparison] = compareServers(
      [backend(1), backend(2, bad), backend(3), backend(4, bad)],
      SERVICES,
      {},
    );
    expect(comparison?.text).toBe('');
    expect(comparison?.servers.flatMap(({ differs }) => differs)).toEqual([]);
  });

  test('in a thousand sets of servers that are alike, whatever chance gives them', () => {
    const random = generator(7);
    const alarms = Array.from({ length: 1000 }, () => {
      const failureRate = random() * 0.3;
      const servers = BACKENDS.map((_server, at) => {
        const attempts = 5 + Math.floor(random() * 60);
        const times = Array.from({ length: attempts }, () => 10 * Math.exp(2 * (random() + random() - 1)));
        const requests = attempts * 3;
        return backend(at + 1, {
          attempts,
          failed: drawn(random, attempts, failureRate),
          requests,
          failedRequests: drawn(random, requests, failureRate),
          requestSegments: requests,
          roundTrip: spreadOf(times),
          serverTime: spreadOf(times),
        });
      });
      return compareServers(servers, SERVICES, {})[0]?.text ?? '';
    }).filter((text) => text !== '');
    expect(alarms.length).toBeLessThanOrEqual(2);
  });
});

test('a Service, else a name, else a port that shows a difference is what servers have in common', () => {
  const unknown = [6, 7, 8, 9].map((host) => backend(host));
  const failing = unknown.map((server, at) => (at === 1 ? { ...server, failed: 40 } : server));
  const named = { names: ['api.example'], from: 'DNS' } as const;
  const seen = { '10.244.6.9': named, '10.244.7.9': named };
  expect(compareServers(unknown, SERVICES, {})).toEqual([]);
  expect(compareServers(failing, SERVICES, {})).toMatchObject([{ by: 'port', of: 'port 8443' }]);
  expect(compareServers(unknown, SERVICES, seen)).toMatchObject([
    { by: 'name', of: 'api.example on port 8443' },
  ]);
});

test('what merely listens on one port may be slow by nature', () => {
  const slow = [6, 7, 8].map((host) => backend(host, host === 7 ? { serverTime: spread(900) } : {}));
  expect(compareServers(slow, SERVICES, {})).toEqual([]);
});

test('a server that two captures show is one server', () => {
  const [comparison] = compareServers(
    [backend(1), backend(2), backend(2, { capture: 1, attempts: 20 })],
    SERVICES,
    {},
  );
  expect(comparison?.servers.map(({ server, attempts }) => [server, attempts])).toEqual([
    ['10.244.1.9:8443', 40],
    ['10.244.2.9:8443', 40],
  ]);
});

test('more servers than are compared are counted', () => {
  const many = Array.from({ length: 40 }, (_unused, host) => backend(host, { server: `10.244.${host}.9:1` }));
  const services = new Map(many.map(({ server }) => [server, 'svc/many.shop']));
  expect(compareServers(many, services, {})[0]).toMatchObject({ leftOut: 8, servers: { length: 32 } });
});

test('the exact test agrees with numbers worked out by hand', () => {
  // 5 of 5 beside 0 of 10: one of 3,003 ways to choose.
  expect(chanceOf(5, 5, 0, 10)).toBeCloseTo(1 / 3003, 6);
  expect(chanceOf(0, 5, 3, 10)).toBeCloseTo(1, 2);
});

test('every output says it, with names', () => {
  const comparisons = compareServers([backend(1), backend(2, { failed: 40 }), backend(3)], SERVICES, {});
  const printed = report({ comparisons, names: { '10.244.2.9': 'pod/payments-2.shop' } });
  const text = 'stands out: 40 of 40 connections failed';
  expect(renderTable(printed, OPTIONS)).toMatch(
    new RegExp(
      `^SERVERS   of 3 servers of svc/payments\\.shop on port 8443, pod/payments-2:8443 ${text}`,
      'm',
    ),
  );
  expect(renderWide(printed, OPTIONS)).toMatch(/^pod\/payments-2\.shop:8443 \(10\.244\.2\.9\) .* fails$/m);
  expect(renderMarkdown(printed)).toContain(text);
});

/** Numbers from 0 to 1, the same in each run (Park and Miller). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
}

function drawn(random: () => number, of: number, rate: number): number {
  return Array.from({ length: of }, () => random()).filter((value) => value < rate).length;
}

function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { samples: times.length, lowMs: at(0.25), medianMs: at(0.5), highMs: at(0.75) };
}
