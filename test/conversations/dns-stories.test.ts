import { describe, expect, test } from 'vitest';
import type { DnsName } from '../../src/conversations/dns-names.ts';
import type { Observations } from '../../src/conversations/observations.ts';
import { summariseDns } from '../../src/conversations/summary.ts';
import { dnsAnswer, dnsQuery, dnsQueryMessage, dnsReplyMessage, overTcp } from '../packets/dns.ts';
import type { DnsReply } from '../packets/dns.ts';
import { join } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { icmpError, tcp } from '../packets/transport.ts';
import { CLIENT, DNS_SERVER, GATEWAY, handshake, observe, untilSecond } from './observe.ts';

const OTHER_SERVER = '10.96.0.11';
const NAME = 'payments.shop.svc.cluster.local';

interface Exchange extends DnsReply {
  readonly server?: string;
  readonly port?: number;
  readonly client?: string;
}

const ends = ({ server = DNS_SERVER, port = 5353, client = CLIENT }: Partial<Exchange>): [string, string] =>
  server.includes(':') ? [`[${client}]:${port}`, `[${server}]:53`] : [`${client}:${port}`, `${server}:53`];

function query(time: number, exchange: Partial<Exchange> = {}): WrittenFrame {
  const [from, to] = ends(exchange);
  return at(time, dnsQuery({ name: NAME, ...exchange, from, to }));
}

function answer(time: number, exchange: Partial<Exchange> = {}): WrittenFrame {
  const [to, from] = ends(exchange);
  return at(time, dnsAnswer({ name: NAME, ...exchange, from, to }));
}

function rejected(time: number, exchange: Partial<Exchange> = {}, quotedBytes?: number): WrittenFrame {
  const quoting = query(time, exchange).bytes;
  const isVersion6 = exchange.server?.includes(':') === true;
  const from = isVersion6 ? 'fd00::1' : GATEWAY;
  return at(
    time,
    icmpError({
      from,
      to: exchange.client ?? CLIENT,
      quoting,
      ...(quotedBytes === undefined ? {} : { quotedBytes }),
    }),
  );
}

/** The counts that are not 0 of all results, by "server name type". */
function resultsOf(observations: Observations): Record<string, Record<string, number>> {
  return Object.fromEntries(
    observations.dns.map((result) => {
      const type = summariseDns({ ...observations, dns: [result] })[0]?.type;
      return [`${result.server} ${observations.names.text(result.nameId)} ${type}`, countsOf(result)];
    }),
  );
}

function countsOf(result: DnsName): Record<string, number> {
  const { queries, noError, noData, pending, retried } = result;
  const { nxdomain, servfail, refused, otherError, unanswered, answeredByOther } = result;
  const tallies = {
    nxdomain,
    servfail,
    refused,
    otherError,
    unanswered,
    answeredByOther,
    rejected: result.rejected,
  };
  const counts = {
    queries,
    noError,
    noData,
    pending,
    retried,
    ...Object.fromEntries(Object.entries(tallies).map(([key, tally]) => [key, tally.count])),
  };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

const ASKED = `${DNS_SERVER} ${NAME} A`;

test.each([
  { name: 'an answer', frames: [query(0), answer(0.01)], counts: { queries: 1, noError: 1 } },
  {
    name: 'an answer without records',
    frames: [query(0), answer(0.01, { answers: 0 })],
    counts: { queries: 1, noData: 1 },
  },
  {
    name: 'a truncated answer',
    frames: [query(0), answer(0.01, { answers: 0, truncated: true })],
    counts: { queries: 1, noError: 1 },
  },
  {
    name: 'NXDOMAIN',
    frames: [query(0), answer(0.01, { rcode: 'NXDOMAIN' })],
    counts: { queries: 1, nxdomain: 1 },
  },
  {
    name: 'SERVFAIL',
    frames: [query(0), answer(0.01, { rcode: 'SERVFAIL' })],
    counts: { queries: 1, servfail: 1 },
  },
  {
    name: 'REFUSED without the question',
    frames: [query(0), answer(0.01, { rcode: 'REFUSED', withoutQuestion: true })],
    counts: { queries: 1, refused: 1 },
  },
  {
    name: 'FORMERR',
    frames: [query(0), answer(0.01, { rcode: 'FORMERR' })],
    counts: { queries: 1, otherError: 1 },
  },
  {
    name: 'a name in other letters',
    frames: [query(0, { name: NAME.toUpperCase() }), answer(0.01)],
    counts: { queries: 1, noError: 1 },
  },
  {
    name: 'nothing, 1.5 s old',
    frames: [query(0), ...untilSecond(1.5)],
    counts: { queries: 1, unanswered: 1 },
  },
  { name: 'nothing, 1.4 s old', frames: [query(0), ...untilSecond(1.4)], counts: { queries: 1, pending: 1 } },
  {
    name: 'a retry with the same id, answered',
    frames: [query(0), query(5), answer(5.01)],
    counts: { queries: 1, retried: 1, noError: 1 },
  },
  {
    name: 'a retry with the same id, unanswered',
    frames: [query(0), query(5)],
    counts: { queries: 1, retried: 1, unanswered: 1 },
  },
  {
    name: 'a retry with another id, answered',
    frames: [query(0), query(5, { id: 2 }), answer(5.01, { id: 2 })],
    counts: { queries: 2, noError: 1, unanswered: 1 },
  },
  {
    name: 'an answer after the retry, then a second one',
    frames: [query(0), query(5), answer(5.01), answer(5.02)],
    counts: { queries: 1, retried: 1, noError: 1 },
  },
  { name: 'a late answer', frames: [query(0), answer(4.9)], counts: { queries: 1, noError: 1 } },
  {
    name: 'an answer with another id',
    frames: [query(0), answer(2, { id: 9 })],
    counts: { queries: 1, unanswered: 1 },
  },
  {
    name: 'an answer to another port',
    frames: [query(0), answer(2, { port: 5354 })],
    counts: { queries: 1, unanswered: 1 },
  },
  {
    name: 'an answer about another name',
    frames: [query(0), answer(2, { name: 'a.example' })],
    counts: { queries: 1, unanswered: 1 },
  },
  {
    name: 'an answer about another type',
    frames: [query(0), answer(2, { type: 'AAAA' })],
    counts: { queries: 1, unanswered: 1 },
  },
  {
    name: 'an answer from another server',
    frames: [query(0), answer(0.01, { server: '10.244.2.9' })],
    counts: { queries: 1, answeredByOther: 1 },
  },
  { name: 'an ICMP error', frames: [query(0), rejected(0.01)], counts: { queries: 1, rejected: 1 } },
  {
    name: 'an ICMP error that quotes 8 bytes of UDP',
    frames: [query(0), rejected(0.01, {}, 28)],
    counts: { queries: 1, rejected: 1 },
  },
  {
    name: 'an ICMP error about another query of this port',
    frames: [query(0), rejected(2, { id: 9 })],
    counts: { queries: 1, unanswered: 1 },
  },
  {
    name: 'an ICMP error about another server',
    frames: [query(0), rejected(2, { server: OTHER_SERVER })],
    counts: { queries: 1, unanswered: 1 },
  },
  {
    name: 'an ICMP error, then an answer to the retry',
    frames: [query(0), rejected(0.01), query(5), answer(5.01)],
    counts: { queries: 2, rejected: 1, noError: 1 },
  },
])('$name', ({ frames, counts }) => {
  expect(resultsOf(observe(frames))).toEqual({ [ASKED]: counts });
});

test('an answer alone is nothing', () => {
  expect(observe([answer(0)]).dns).toEqual([]);
});

test('A and AAAA of one port are two queries', () => {
  const frames = [query(0), query(0.0001, { id: 2, type: 'AAAA' }), answer(0.01), ...untilSecond(5)];
  expect(resultsOf(observe(frames))).toEqual({
    [ASKED]: { queries: 1, noError: 1 },
    [`${DNS_SERVER} ${NAME} AAAA`]: { queries: 1, unanswered: 1 },
  });
});

test('an ICMP error that quotes no id rejects all that is open from that port', () => {
  const frames = [query(0), query(0.0001, { id: 2, type: 'AAAA' }), rejected(0.01, {}, 28)];
  expect(resultsOf(observe(frames))).toEqual({
    [ASKED]: { queries: 1, rejected: 1 },
    [`${DNS_SERVER} ${NAME} AAAA`]: { queries: 1, rejected: 1 },
  });
});

describe('two servers asked at once from one port with one id, as musl does', () => {
  const both = [query(0), query(0.0001, { server: OTHER_SERVER })];
  const OTHER = `${OTHER_SERVER} ${NAME} A`;

  test('both answer', () => {
    const frames = [...both, answer(0.01, { server: OTHER_SERVER }), answer(0.02)];
    expect(resultsOf(observe(frames))).toEqual({
      [ASKED]: { queries: 1, noError: 1 },
      [OTHER]: { queries: 1, noError: 1 },
    });
  });

  test('one answers twice, because it was asked twice; that is no answer in the place of the other', () => {
    const again = [query(2.5), query(2.5001, { server: OTHER_SERVER })];
    const frames = [...both, ...again, answer(2.6), answer(2.7)];
    expect(resultsOf(observe(frames))).toEqual({
      [ASKED]: { queries: 1, retried: 1, noError: 1 },
      [OTHER]: { queries: 1, retried: 1, unanswered: 1 },
    });
  });
});

test('over IPv6, hosts that differ in the middle of the address only are two', () => {
  const own = { client: 'fd00:10:244:1::5', server: 'fd00:10:96::a' };
  const other = { ...own, client: 'fd00:10:244:2::5' };
  const frames = [
    query(0, own),
    query(0.001, { ...other, id: 2 }),
    rejected(0.01, own, 48),
    answer(0.02, { ...other, id: 2 }),
  ];
  const results = observe(frames).dns.map((result) => [result.client, countsOf(result)]);
  expect(results).toEqual([
    ['fd00:10:244:1::5', { queries: 1, rejected: 1 }],
    ['fd00:10:244:2::5', { queries: 1, noError: 1 }],
  ]);
});

describe('over TCP', () => {
  const from = `${CLIENT}:41000`;
  const to = `${DNS_SERVER}:53`;
  const asked = overTcp(dnsQueryMessage({ name: NAME, id: 7 }));
  const second = overTcp(dnsQueryMessage({ name: 'a.example', id: 8 }));
  const reply = overTcp(dnsReplyMessage({ name: NAME, id: 7 }));
  const secondReply = overTcp(dnsReplyMessage({ name: 'a.example', id: 8, rcode: 'NXDOMAIN' }));
  const both = {
    [ASKED]: { queries: 1, noError: 1 },
    [`${DNS_SERVER} a.example A`]: { queries: 1, nxdomain: 1 },
  };

  /** The two streams, each cut into the given pieces. */
  const story = (fromClient: readonly Uint8Array[], fromServer: readonly Uint8Array[]): WrittenFrame[] => {
    const sent = (
      pieces: readonly Uint8Array[],
      way: { from: string; to: string },
      start: number,
      seq: number,
    ): WrittenFrame[] =>
      pieces.map((payload, i) => {
        const before = pieces.slice(0, i).reduce((sum, piece) => sum + piece.length, 0);
        return at(
          start + i / 100,
          tcp({ ...way, flags: 'PA', seq: seq + before, ack: 1, payload, id: 500 + i }),
        );
      });
    return [
      ...handshake(0, { from, to }),
      ...sent(fromClient, { from, to }, 1, 1001),
      ...sent(fromServer, { from: to, to: from }, 2, 5001),
    ];
  };

  test('one message in each segment', () => {
    expect(resultsOf(observe(story([asked, second], [reply, secondReply])))).toEqual(both);
  });

  test('two messages in one segment', () => {
    expect(resultsOf(observe(story([join(asked, second)], [join(reply, secondReply)])))).toEqual(both);
  });

  test('the length alone in a segment', () => {
    const frames = story(
      [asked.slice(0, 2), asked.slice(2), second],
      [reply.slice(0, 2), reply.slice(2), secondReply],
    );
    expect(resultsOf(observe(frames))).toEqual(both);
  });

  test('messages cut behind their question', () => {
    const frames = story([asked, second], [reply.slice(0, 60), join(reply.slice(60), secondReply)]);
    expect(resultsOf(observe(frames))).toEqual(both);
  });

  test('the length itself cut in two', () => {
    const frames = story([asked.slice(0, 1), asked.slice(1), second], [reply, secondReply]);
    expect(resultsOf(observe(frames))).toEqual(both);
  });

  test('a repeated segment is not read twice', () => {
    const [, , , first, ...rest] = story([asked, second], [reply, secondReply]) as [
      WrittenFrame,
      WrittenFrame,
      WrittenFrame,
      WrittenFrame,
    ];
    const frames = [
      ...handshake(0, { from, to }),
      first,
      {
        ...first,
        time: 1.005,
        bytes: tcp({ from, to, flags: 'PA', seq: 1001, ack: 1, payload: asked, id: 77 }),
      },
      ...rest,
    ];
    expect(resultsOf(observe(frames as WrittenFrame[]))).toEqual(both);
  });
});

test('times to the answer are measured from the first query', () => {
  const [row] = summariseDns(observe([query(0), query(1), answer(1.25)]));
  expect(row).toMatchObject({
    name: NAME,
    type: 'A',
    server: DNS_SERVER,
    client: CLIENT,
    queries: 1,
    answerMs: 1250,
    result: 'NOERROR',
  });
});

test('names that fail stand first', () => {
  const frames = [
    query(0, { name: 'good.example' }),
    answer(0.01, { name: 'good.example' }),
    query(1, { id: 2 }),
    ...untilSecond(9),
  ];
  expect(summariseDns(observe(frames)).map(({ name, result }) => `${name} ${result}`)).toEqual([
    `${NAME} no answer`,
    'good.example NOERROR',
  ]);
});
