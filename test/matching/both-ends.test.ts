import { describe, expect, test } from 'vitest';
import { dnsAnswer, dnsQuery } from '../packets/dns.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { icmp, tcp } from '../packets/transport.ts';
import { bothEnds, connection, crossed, PLAIN, sorted, unansweredSyns, vantage } from './network.ts';
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

describe('packets are the same', () => {
  const big: Sent = { time: 1, flags: 'PA', seq: 5000, ack: 9, tsVal: 77, payloadBytes: 60_000, id: 10 };

  test('where one segment is cut into many, or many are joined into one', async () => {
    const acked: Sent[] = [{ time: 2, flags: 'A', seq: 9, ack: 65_000, tsVal: 78, isBack: true }];
    const { client, server } = bothEnds([{ ...big, cutTo: 1448 }, ...acked]);
    expect(server).toHaveLength(Math.ceil(60_000 / 1448) + 1);
    const cut = await crossed([vantage(0, client), vantage(1, server)]);
    expect(cut.pairs).toMatchObject([{ matched: 2, missedByFirst: 0, missedBySecond: 0 }]);
    // The other way round: the small ones pass the first place, and the second one gets one large segment.
    const far = client.map(({ time, bytes }) => {
      const farther = Uint8Array.from(bytes);
      farther[8] = 60;
      return at(time + 0.001, farther);
    });
    const near = server.filter(({ bytes }) => bytes[8] === 62);
    const joined = await crossed([vantage(0, near), vantage(1, far)]);
    expect(joined.pairs).toMatchObject([{ matched: near.length, missedByFirst: 0, missedBySecond: 0 }]);
    expect([...cut.losses, ...joined.losses]).toEqual([]);
  });

  test('not where a part of the large segment is missing', async () => {
    const sent = [
      ...healthy,
      { ...big, cutTo: 1448 },
      { ...big, time: 1.3, tsVal: 400, id: 90, cutTo: 1448 },
    ];
    const { client, server } = bothEnds(sent);
    // One piece of the first transmission is gone; all of it is sent again.
    const gone = server.findIndex(({ time, bytes }) => time < 1.1 && bytes.length === 1448 + 52);
    const { losses } = await crossed([vantage(0, client), vantage(1, server.toSpliced(gone, 1))]);
    expect(losses).toMatchObject([{ by: 'client', seenAt: [0], missingAt: [1], count: 1, arrived: 16 }]);
  });

  test('for DNS by id and name, whatever the client’s port became', async () => {
    const ask = (id: number, time: number, from: string, to: string, ttl: number): WrittenFrame =>
      at(time, dnsQuery({ name: 'orders.shop.svc.cluster.local', id, from, to, ttl }));
    const answer = (id: number, time: number, from: string, to: string, ttl: number): WrittenFrame =>
      at(time, dnsAnswer({ name: 'orders.shop.svc.cluster.local', id, from, to, ttl }));
    const client: WrittenFrame[] = [];
    const server: WrittenFrame[] = [];
    for (let i = 0; i < 6; i++) {
      client.push(ask(100 + i, i, '10.244.1.5:5353', '10.96.0.10:53', 64));
      if (i === 2) continue;
      server.push(ask(100 + i, i + 0.001, '10.244.2.1:40404', '10.244.2.9:53', 62));
      server.push(answer(100 + i, i + 0.002, '10.244.2.9:53', '10.244.2.1:40404', 64));
      client.push(answer(100 + i, i + 0.003, '10.96.0.10:53', '10.244.1.5:5353', 62));
    }
    const { pairs, losses } = await crossed([vantage(0, client), vantage(1, server)]);
    expect(pairs).toMatchObject([{ matched: 10, missedBySecond: 1 }]);
    expect(losses).toMatchObject([
      { client: '10.244.1.5', server: '10.96.0.10:53', count: 1, missingAt: [1] },
    ]);
  });

  test('for echoes by number', async () => {
    const echo = (time: number, sequence: number, ttl: number): WrittenFrame =>
      at(time, icmp({ from: '10.244.1.5', to: '10.244.2.7', type: 8, rest: (7 << 16) | sequence, ttl }));
    const { pairs } = await crossed([
      vantage(
        0,
        [1, 2, 3].map((n) => echo(n, n, 64)),
      ),
      vantage(
        1,
        [1, 2, 3].map((n) => echo(n + 0.001, n, 62)),
      ),
    ]);
    expect(pairs).toMatchObject([{ matched: 3, clockErrorMs: null }]);
  });

  test('at a node that captures them on each of its interfaces, before and after translation', async () => {
    const names = { ...PLAIN, dialled: '10.96.3.4:80' };
    const { client, server } = bothEnds([...healthy, ...unansweredSyns(1, 77e6)], names);
    // In front of the translation as the client writes them, behind it as the server would get them.
    const behind = bothEnds(
      [...healthy, ...unansweredSyns(1, 77e6)].map((segment) => ({ ...segment, way: 0.0001 })),
      names,
    );
    const node = sorted([
      ...client.filter(({ bytes }) => bytes[8] === 64).map(({ time, bytes }) => at(time + 0.00005, bytes)),
      ...behind.server.filter(({ bytes }) => bytes[8] === 62),
      ...behind.server.filter(({ bytes }) => bytes[8] === 64),
    ]);
    const { losses } = await crossed([vantage(0, client), vantage(1, node), vantage(2, server)]);
    expect(losses).toMatchObject([
      { server: '10.96.3.4:80', seenAt: [0, 1], missingAt: [2], count: 4, expectedBy: 'address' },
    ]);
  });
});

describe('the client has its own name', () => {
  const names = { ...PLAIN, dialled: '172.30.0.11:30977', seenClient: '172.30.0.11:61234' };
  const sent = [...healthy, ...unansweredSyns(1, 77e6)];
  const { client, server } = bothEnds(sent, names);
  const behind = bothEnds(
    sent.map((segment) => ({ ...segment, way: 0.0001 })),
    names,
  );
  const later = behind.server.map(({ time, bytes }) => at(time + 0.0001, bytes));
  const places = [
    vantage(0, client, { addresses: ['10.244.1.5'] }),
    vantage(1, behind.server, { name: 'node/node1 eth0', addresses: ['172.30.0.11'] }),
    vantage(2, server, { addresses: ['10.244.2.7'] }),
    vantage(3, later, { name: 'node/node2 eth0', addresses: ['172.30.0.12'] }),
  ];

  test.each([
    ['pods first', [0, 2, 1, 3]],
    ['nodes first', [1, 3, 0, 2]],
    ['in the order of the way', [0, 1, 3, 2]],
  ])('where its node puts its own address in the client’s place: %s', async (_, order) => {
    const { losses } = await crossed(order.flatMap((place) => places[place] ?? []));
    expect(losses).toMatchObject([
      { client: '10.244.1.5', server: '172.30.0.11:30977', by: 'client', missingAt: [2] },
    ]);
  });
});

describe('nothing is said', () => {
  const away = { ...PLAIN, dialled: '10.96.3.4:80' };
  const withLoss = [...healthy, ...unansweredSyns(1, 77e6)];

  test('of a Service whose other endpoints are not captured', async () => {
    const { client, server } = bothEnds(withLoss, away);
    const captures = [vantage(0, client), vantage(1, server, { isUnfiltered: true })];
    const unknown = await crossed(captures);
    expect(unknown.losses).toEqual([]);
    expect(unknown.limits).toEqual([
      '4 packets from 10.244.1.5 to 10.96.3.4:80 left place 0 and are in no other capture; nothing shows that they were to come there',
    ]);
    const other = await crossed(captures, () => ['10.244.2.7', '10.244.2.8']);
    expect(other.losses).toEqual([]);
    const known = await crossed(captures, (endpoint) =>
      endpoint === '10.96.3.4:80' ? ['10.244.2.7'] : undefined,
    );
    expect(known.losses).toMatchObject([{ count: 4, missingAt: [1], expectedBy: 'endpoints' }]);
    expect(known.limits).toEqual([]);
  });

  test('where a proxy opens connections of its own', async () => {
    const { client } = bothEnds(healthy);
    const { server } = bothEnds(
      healthy.map((segment) => ({ ...segment, seq: segment.seq + 12_345_678, tsVal: 9 })),
    );
    const { pairs, losses } = await crossed([vantage(0, client), vantage(1, server)]);
    expect(losses).toEqual([]);
    expect(pairs).toMatchObject([{ matched: 0, clockOffsetMs: null }]);
    expect(pairs[0]?.problem).toContain('a service mesh');
  });

  test('where headers were cut off, so that the sender is there and nothing matches', async () => {
    const { client, server } = bothEnds(withLoss);
    const withoutStamps = bothEnds(withLoss.map((segment) => ({ ...segment, tsVal: 0 })));
    expect(server.length).toBe(withoutStamps.server.length);
    const { pairs, losses } = await crossed([vantage(0, client), vantage(1, withoutStamps.server)]);
    expect(pairs).toMatchObject([{ matched: 0 }]);
    expect(losses).toEqual([]);
  });

  test('of captures that hold nothing, and of one at another time', async () => {
    const { client, server } = bothEnds(withLoss);
    const empty = await crossed([vantage(0, client), vantage(1, [])]);
    expect(empty.losses).toEqual([]);
    expect(empty.pairs[0]?.problem).toBe('place 1 holds no packet that could be matched');
    const later = bothEnds(connection(60, 99e6));
    expect((await crossed([vantage(0, client), vantage(1, later.server)])).losses).toEqual([]);
    expect(server.length).toBeGreaterThan(0);
  });
});

test('thousands of equal packets cost no more than different ones', async () => {
  const equal = Array.from({ length: 20_000 }, (_, i) =>
    at(
      i * 0.0005,
      tcp({
        from: PLAIN.client,
        to: PLAIN.server,
        flags: 'PA',
        seq: 1,
        ack: 1,
        id: i,
        payload: new Uint8Array(10),
      }),
    ),
  );
  const { pairs } = await crossed([vantage(0, equal), vantage(1, equal, { aheadSeconds: 0.0001 })]);
  expect(pairs[0]?.matched).toBeGreaterThan(0);
}, 20_000);

test('more places than one word has bits are not compared, and that is said', async () => {
  const { client } = bothEnds(connection(0, 1000));
  const many = Array.from({ length: 33 }, (_, index) => vantage(index, client));
  const { pairs, limits } = await crossed(many);
  expect(pairs).toHaveLength((30 * 29) / 2);
  expect(limits).toEqual(['only the first 30 captures were compared with each other']);
});
