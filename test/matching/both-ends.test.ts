import { describe, expect, test } from 'vitest';
import { bothEnds, connection, crossed, PLAIN, unansweredSyns, vantage } from './network.ts';
import type { Names, Sent } from './network.ts';

const healthy: readonly Sent[] = [0, 2, 4, 6, 8].flatMap((time) => connection(time, 1000 + time * 1_000_000));

describe('two captures of the same connections', () => {
  test.each([
    ['as they are', PLAIN, true],
    ['without time stamps', PLAIN, false],
    ['with the Service’s address translated', { ...PLAIN, dialled: '10.96.3.4:80' }, true],
    [
      'with the client’s address and port translated too',
      { ...PLAIN, dialled: '10.96.3.4:80', seenClient: '10.244.2.1:61234' },
      true,
    ],
  ] as [string, Names, boolean][])('match: %s', async (_, names, withStamps) => {
    const sent = [0, 2, 4].flatMap((time) => connection(time, 1000 + time * 1_000_000, withStamps));
    const { client, server } = bothEnds(sent, names);
    const { pairs, losses } = await crossed([vantage(0, client), vantage(1, server)]);
    expect(losses).toEqual([]);
    expect(pairs).toMatchObject([
      { matched: client.length, missedByFirst: 0, missedBySecond: 0, problem: '' },
    ]);
  });

  test.each([-5, -0.002, 0, 0.3, 5, 7200])(
    'show how far their clocks are apart: %d s',
    async (aheadSeconds) => {
      const { client, server } = bothEnds(healthy);
      const { pairs } = await crossed([vantage(0, client), vantage(1, server, { aheadSeconds })]);
      const [pair] = pairs;
      expect(pair?.matched).toBe(client.length);
      expect(Math.abs((pair?.clockOffsetMs ?? 0) - aheadSeconds * 1000)).toBeLessThanOrEqual(
        pair?.clockErrorMs ?? -1,
      );
      expect(pair?.clockErrorMs).toBeLessThan(1);
      expect(pair?.thereMs).toBeCloseTo(0.5, 1);
    },
  );
});

describe('what was lost', () => {
  const dropped = [...healthy, ...unansweredSyns(1, 77_000_000)];
  test.each([0, 5, -5])(
    'SYNs that left the client and never came, clocks %d s apart',
    async (aheadSeconds) => {
      const { client, server } = bothEnds(dropped);
      const { losses } = await crossed([vantage(0, client), vantage(1, server, { aheadSeconds })]);
      expect(losses).toMatchObject([
        {
          client: '10.244.1.5',
          server: '10.244.2.7:8080',
          by: 'client',
          seenAt: [0],
          missingAt: [1],
          count: 4,
          handshakes: 4,
        },
      ]);
    },
  );
});
