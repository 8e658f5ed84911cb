import { expect, test } from 'vitest';
import { detect } from '../../src/detect/index.ts';
import { ascii } from '../packets/octets.ts';
import { at, type WrittenFrame } from '../packets/pcap.ts';
import { tcp } from '../packets/transport.ts';
import { CLIENT, observe, outcomesOf, SERVICE, untilSecond } from './observe.ts';

/** A connection as it looks on lo when iptables sends it to a proxy: the answers come from whom was dialled. */
function redirected(time: number, port: number, proxyPort: number, isn: number): WrittenFrame[] {
  const [app, proxy, dialled] = [`${CLIENT}:${port}`, `127.0.0.1:${proxyPort}`, `${SERVICE}:80`];
  return [
    at(time, tcp({ from: app, to: proxy, flags: 'S', seq: isn })),
    at(time + 0.001, tcp({ from: dialled, to: app, flags: 'SA', seq: 9000, ack: isn + 1 })),
    at(
      time + 0.002,
      tcp({ from: app, to: proxy, flags: 'PA', seq: isn + 1, ack: 9001, payload: ascii('hi') }),
    ),
    at(
      time + 0.003,
      tcp({ from: dialled, to: app, flags: 'PA', seq: 9001, ack: isn + 3, payload: ascii('ho') }),
    ),
    at(time + 0.004, tcp({ from: app, to: proxy, flags: 'FA', seq: isn + 3, ack: 9003 })),
    at(time + 0.005, tcp({ from: dialled, to: app, flags: 'FA', seq: 9003, ack: isn + 4 })),
    at(time + 0.006, tcp({ from: app, to: proxy, flags: 'A', seq: isn + 4, ack: 9004 })),
  ];
}

test.each([
  [15_001, 'Istio'],
  [4140, 'Linkerd'],
])('connections that a proxy on port %d takes over are whole, of %s, and no fault', (port, mesh) => {
  const observations = observe([
    ...redirected(0, 40_000, port, 100),
    ...redirected(1, 40_001, port, 200),
    // The port is used again by a later connection.
    ...redirected(20, 40_000, port, 70_000),
    ...untilSecond(30),
  ]);
  expect(outcomesOf(observations)).toMatchObject({ [`TCP ${CLIENT} → 127.0.0.1:${port}`]: { answered: 3 } });
  expect(observations.proxyLegs).toEqual([
    {
      capture: 0,
      client: CLIENT,
      proxy: `127.0.0.1:${port}`,
      mesh,
      server: `${SERVICE}:80`,
      connections: 3,
      firstSeen: '2026-11-21T10:00:00.001000Z',
      lastSeen: '2026-11-21T10:00:20.001000Z',
    },
  ]);
  expect(detect(observations).filter(({ severity }) => severity !== 'info')).toEqual([]);
});

test('an answer that acknowledges something else stays the fault that it is', () => {
  const frames = redirected(0, 40_000, 15_001, 100);
  frames[1] = at(
    0.001,
    tcp({ from: `${SERVICE}:80`, to: `${CLIENT}:40000`, flags: 'SA', seq: 9000, ack: 999 }),
  );
  expect(observe([...frames.slice(0, 2), ...untilSecond(30)]).proxyLegs).toEqual([]);
});

test('a port that no mesh uses is not stitched', () => {
  const observations = observe([...redirected(0, 40_000, 15_002, 100), ...untilSecond(30)]);
  expect(observations.proxyLegs).toEqual([]);
  expect(detect(observations).map(({ id }) => id)).toContain('reply-from-other-address');
});

test('what is remembered of connections is bounded', () => {
  const flood = Array.from({ length: 20_000 }, (_, index) =>
    at(
      index / 1e4,
      tcp({
        from: `10.1.${index >>> 8}.${index & 255}:40000`,
        to: '127.0.0.1:15001',
        flags: 'S',
        seq: index,
      }),
    ),
  );
  const observations = observe([...flood, ...redirected(3, 40_000, 15_001, 100)]);
  expect(observations.proxyLegs).toHaveLength(1);
});
