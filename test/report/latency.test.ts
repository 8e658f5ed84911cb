import { describe, expect, test } from 'vitest';
import { summariseGroups } from '../../src/conversations/summary.ts';
import { latenciesOf } from '../../src/report/latency.ts';
import type { Latency } from '../../src/report/report.ts';
import { renderTable } from '../../src/report/table.ts';
import { renderWide } from '../../src/report/wide.ts';
import { CLIENT, observe, SERVICE } from '../conversations/observe.ts';
import { u8 } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { talk } from '../packets/talk.ts';
import { tcp } from '../packets/transport.ts';
import { group, OPTIONS, outcomes, report } from './builders.ts';

const ends = { from: `${CLIENT}:40000`, to: `${SERVICE}:5432` };
const says = u8(1, 2, 3, 4, 5);

/** A request after a pause of the client, an acknowledgment, and an answer after a pause of the server. */
function exchange(clientPause: number, serverPause: number): WrittenFrame[] {
  return talk(ends, [
    { by: 'client', says, after: clientPause },
    { by: 'server', after: 0.001 },
    { by: 'server', says, after: serverPause },
    { by: 'client' },
  ]);
}

function latencies(frames: readonly WrittenFrame[]): readonly Latency[] {
  return latenciesOf(summariseGroups(observe(frames)));
}

/** The same packets over a way that takes so much longer. */
function farther(frames: readonly WrittenFrame[], seconds: number): WrittenFrame[] {
  return frames.map(({ time, bytes }, index) => at(time + seconds * index, bytes));
}

describe('whose time it was', () => {
  test('the server’s', () => {
    expect(latencies(exchange(0.2, 3))).toMatchObject([
      {
        whose: 'server',
        networkMs: 1,
        serverMs: 3000,
        clientMs: 200,
        text: 'slow by the server, not by the network: the server takes at most 3.0 s to answer; the round trip takes 1.0 ms, 0 of 2 data segments sent again, the client lets at most 200 ms pass before it sends',
      },
    ]);
  });

  test('the client’s', () => {
    expect(latencies(exchange(4, 0.02))).toMatchObject([
      {
        whose: 'client',
        text: 'pauses of the client, not of the network: the client lets at most 4.0 s pass before it sends; the round trip takes 1.0 ms, 0 of 2 data segments sent again, the server takes at most 20 ms to answer',
      },
    ]);
  });

  test('the network’s', () => {
    expect(latencies(farther(exchange(0.01, 0.02), 0.3))).toMatchObject([
      {
        whose: 'network',
        networkMs: 301,
        text: expect.stringContaining('slow by the network: the round trip takes 301 ms'),
      },
    ]);
  });

  test('nobody’s where it was quick', () => {
    expect(latencies(exchange(0.2, 0.3))).toEqual([]);
  });
});

test('where data was lost, a pause may be the network’s: nobody is accused', () => {
  const frames = exchange(0.1, 3);
  const again = tcp({ ...ends, flags: 'PA', seq: 1001, ack: 5001, payload: says, id: 77 });
  expect(latencies([...frames.slice(0, 4), at(0.5, again), ...frames.slice(4)])).toEqual([]);
});

test('a server that is as slow as its way is far is not accused', () => {
  const far = group({ handshakeMs: 400, dataRoundTripMs: 420, longestServerMs: 1700 });
  expect(latenciesOf([far])).toMatchObject([{ whose: 'network', serverMs: 1300 }]);
});

test('one slow handshake proves no slow way', () => {
  const once = group({
    handshakeMs: 900,
    dataRoundTripMs: null,
    longestServerMs: null,
    longestClientMs: null,
  });
  expect(latenciesOf([{ ...once, outcomes: outcomes({ answered: 1 }) }])).toEqual([]);
  expect(latenciesOf([{ ...once, dataRoundTripMs: 1 }])).toEqual([]);
});

test('the slowest stand first, pauses of clients last', () => {
  const server = (longestServerMs: number): ReturnType<typeof group> =>
    group({ longestServerMs, segments: { fromClient: NONE, fromServer: NONE } });
  const client = group({ longestClientMs: 90_000, segments: { fromClient: NONE, fromServer: NONE } });
  expect(
    latenciesOf([client, server(2000), server(3000)]).map(({ whose, serverMs }) => [whose, serverMs]),
  ).toEqual([
    ['server', 2999.6],
    ['server', 1999.6],
    ['client', 12.1],
  ]);
});

const NONE = { data: 10, retransmissions: 0, spurious: 0, outOfOrder: 0 };

test('it is printed; pauses of clients only in wide', () => {
  const conversations = summariseGroups(observe([...exchange(0.1, 3)]));
  const waits = summariseGroups(observe([...exchange(4, 0.1)]));
  const slow = report({ conversations, latencies: latenciesOf(conversations) });
  const idle = report({ conversations: waits, latencies: latenciesOf(waits) });
  expect(renderTable(slow, OPTIONS)).toContain(
    'LATENCY   pod/client → svc/payments:5432: slow by the server, not by the network: ',
  );
  expect(slow.verdict).toMatchObject({
    outcome: 'healthy',
    text: expect.stringContaining(
      'none failed; where it was slow it was the server: svc/payments.shop:5432 took at most 3.0 s to answer, the round trip 1.0 ms.',
    ),
  });
  expect(renderTable(idle, OPTIONS)).not.toContain('LATENCY');
  expect(renderWide(idle, OPTIONS)).toContain(
    'LATENCY   pod/client.shop → svc/payments.shop:5432: pauses of the client',
  );
});
