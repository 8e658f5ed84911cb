import { describe, expect, test } from 'vitest';
import { ApplicationEvents } from '../../src/applications/events.ts';
import { summariseApplications } from '../../src/conversations/application-rows.ts';
import { Durations } from '../../src/conversations/samples.ts';
import { summariseDns, summariseGroups } from '../../src/conversations/summary.ts';
import { dnsAnswer, dnsQuery } from '../packets/dns.ts';
import { join } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import { talk } from '../packets/talk.ts';
import type { Turn } from '../packets/talk.ts';
import { applicationData, changeCipherSpec, clientHello, inRecord, serverHello } from '../packets/tls.ts';
import { tcp } from '../packets/transport.ts';
import { CLIENT, DNS_SERVER, observe, SERVICE } from './observe.ts';

const to = `${SERVICE}:80`;
const asks = (sni: string): Turn => ({ by: 'client', says: inRecord(clientHello({ sni })) });
const answers = (after = 0.001): Turn => ({
  by: 'server',
  says: join(inRecord(serverHello()), changeCipherSpec, applicationData),
  after,
});

describe('a group says how its conversations went', () => {
  const request = tcp({
    from: `${CLIENT}:40000`,
    to,
    flags: 'PA',
    seq: 1001,
    ack: 5001,
    payload: asks('a.example').says as Uint8Array,
    id: 77,
  });
  const [group] = summariseGroups(
    observe([
      ...talk({ from: `${CLIENT}:40000`, to }, [asks('a.example')]),
      at(0.5, request),
      ...talk({ from: `${CLIENT}:40001`, to, time: 1 }, [asks('b.example'), answers(0.25)]),
    ]),
  );

  test('segments, those sent again among them', () => {
    expect(group?.segments).toEqual({
      fromClient: { data: 2, retransmissions: 1, spurious: 0, outOfOrder: 0 },
      fromServer: { data: 1, retransmissions: 0, spurious: 0, outOfOrder: 0 },
    });
  });

  test('the round trip of data is that to the farther side', () => {
    const acknowledges = (by: Turn['by'], after: number): Turn => ({ by, after });
    const [far] = summariseGroups(
      observe(
        talk({ from: `${CLIENT}:40000`, to }, [
          asks('a.example'),
          acknowledges('server', 0.08),
          answers(),
          acknowledges('client', 0.0001),
        ]),
      ),
    );
    expect(far?.dataRoundTripMs).toBe(80);
  });

  test('the longest time of the server, and what they spoke', () => {
    expect(group).toMatchObject({ longestServerMs: 250, applications: ['TLS'] });
  });
});

test('queries that ended in NXDOMAIN are wasted', () => {
  const ends = { from: `${CLIENT}:5353`, to: `${DNS_SERVER}:53`, name: 'api.shop' };
  const frames = [0, 1, 2].flatMap((id) => [
    at(id, dnsQuery({ ...ends, id })),
    at(
      id + 0.002,
      dnsAnswer({ ...ends, from: ends.to, to: ends.from, id, rcode: id === 0 ? 'NOERROR' : 'NXDOMAIN' }),
    ),
  ]);
  expect(summariseDns(observe(frames))).toMatchObject([{ name: 'api.shop', queries: 3, wasted: 2 }]);
});

describe('what applications said', () => {
  test('is counted by kind and fields, with its frames', () => {
    const frames = ['a.example', 'a.example', 'b.example'].flatMap((sni, at) =>
      talk({ from: `${CLIENT}:${40_000 + at}`, to, time: at }, [asks(sni), answers(at === 1 ? 0.02 : 0.001)]),
    );
    expect(summariseApplications(observe(frames))).toEqual([
      {
        capture: 0,
        client: CLIENT,
        server: to,
        kind: 'tls-handshake',
        fields: { sni: 'a.example', version: 'TLS 1.3', alpn: '', certificateNotAfter: 0 },
        count: 2,
        averageMs: 10.5,
        medianMs: 1,
        p95Ms: 20,
        longestMs: 20,
        firstSeen: '2026-11-21T10:00:00.003000Z',
        lastSeen: '2026-11-21T10:00:01.023000Z',
        frames: [4, 5, 9, 10],
      },
      expect.objectContaining({ fields: expect.objectContaining({ sni: 'b.example' }), count: 1 }),
    ]);
  });

  test('has at most 200 rows of a kind, and a row that counts the rest', () => {
    const frames = Array.from({ length: 300 }, (_unused, at) =>
      talk({ from: `${CLIENT}:${20_000 + at}`, to: `10.96.3.9:${at + 1000}`, time: at / 100 }, [
        asks('a.example'),
        answers(),
      ]),
    ).flat();
    const rows = summariseApplications(observe(frames));
    expect(rows).toHaveLength(201);
    expect(rows.at(-1)).toMatchObject({ client: '*', server: '*', fields: {}, count: 100, frames: [] });
    expect(rows.at(-1)).toMatchObject({ averageMs: 1, medianMs: null, p95Ms: null });
  });

  test('has quantiles of what took time, for as many kinds as there is room', () => {
    const events = new ApplicationEvents(() => (room-- > 0 ? new Durations() : undefined));
    let room = 1;
    events.note('tls-alert', {}, 0, 0, 1);
    for (const durationMs of [4, 1, 3, 2, 90]) events.note('a', {}, 0, 0, 1, 0, durationMs * 1e6);
    events.note('b', {}, 0, 0, 1, 0, 7e6);
    const [alert, first, second] = [...events.all.values()];
    expect(alert?.durations).toBeUndefined();
    expect([first?.durations?.quantileMs(0.5), first?.durations?.quantileMs(0.95)]).toEqual([3, 90]);
    expect([second?.timed, second?.durations]).toEqual([1, undefined]);
  });
});
