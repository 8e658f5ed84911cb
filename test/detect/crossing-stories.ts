import { detectBetween } from '../../src/detect/index.ts';
import type { Vantage } from '../../src/matching/vantage.ts';
import { bothEnds, connection, crossed, PLAIN, unansweredSyns, vantage } from '../matching/network.ts';
import type { Names, Sent } from '../matching/network.ts';
import type { Story } from './story-builder.ts';

/** What the comparison of two ends' captures says of these segments. */
async function crossing(
  name: string,
  sent: readonly Sent[],
  expected?: Story['expected'],
  { names = PLAIN, there = {} }: { readonly names?: Names; readonly there?: Partial<Vantage> } = {},
): Promise<Story> {
  const { client, server } = bothEnds(sent, names);
  const findings = detectBetween(await crossed([vantage(0, client), vantage(1, server, there)]));
  return { id: 'lost-between', name, findings, ...(expected === undefined ? {} : { expected }) };
}

const healthy: readonly Sent[] = [0, 2, 4, 6, 8, 10].flatMap((time) => connection(time, 1000 + time * 1e6));
const [syn, synAck] = connection(1, 55e6) as [Sent, Sent];
const answersLost: readonly Sent[] = [0, 1, 3].flatMap((wait): Sent[] => [
  { ...syn, clientPort: 41_222, time: 1 + wait, tsVal: 9000 + wait * 1000, id: 40 + wait },
  {
    ...synAck,
    clientPort: 41_222,
    time: 1.001 + wait,
    tsVal: 9001 + wait * 1000,
    id: 60 + wait,
    way: 'lost',
  },
]);
/** One segment is lost and sent again; its acknowledgment comes after that. */
const oneLost: readonly Sent[] = connection(1, 66e6).flatMap((segment, i): Sent[] =>
  i === 3
    ? [
        { ...segment, way: 'lost' },
        { ...segment, time: 1.0035, tsVal: 1_000_500, id: 9 },
      ]
    : [{ ...segment, time: segment.time + (i > 3 ? 0.01 : 0) }],
);

/** What is said of packets that are in one capture and not in the other, and what is not. */
export const crossingStories: readonly Story[] = [
  await crossing('SYNs that never came', [...healthy, ...unansweredSyns(1, 77e6)], {
    severity: 'error',
    confidence: 'high',
    client: '10.244.1.5',
    server: '10.244.2.7:8080',
    count: 4,
    text: '4 of 22 packets of the client (4 SYN) left place 0 and never reached place 1, which captured 48 other packets',
  }),
  await crossing('answers that never came', [...healthy, ...answersLost], {
    severity: 'error',
    confidence: 'high',
    count: 3,
    text: '3 of 21 packets of the server (3 SYN-ACK) left place 1 and never reached place 0, which captured 51 other packets',
  }),
  await crossing('one segment, sent again', [...healthy, ...oneLost], { severity: 'warning', count: 1 }),
  await crossing('the same packets in both', healthy),
  await crossing('SYNs in the last second of the other capture', [
    ...healthy,
    ...unansweredSyns(9.5, 77e6, 1),
  ]),
  await crossing('SYNs after the end of the other capture', [...healthy, ...unansweredSyns(12, 77e6)]),
  await crossing('a capture that lost as many itself', [...healthy, ...unansweredSyns(1, 77e6)], undefined, {
    there: { dropped: 4 },
  }),
  await crossing(
    'packets that arrived, for they were acknowledged: the other capture lost them',
    healthy.map((segment, i) => (i === 3 ? { ...segment, way: 'lost' as const } : segment)),
  ),
  await crossing('connections to somebody else', [...healthy, ...unansweredSyns(1, 77e6)], undefined, {
    names: { ...PLAIN, dialled: '10.96.3.4:80' },
    there: { read: () => [] },
  }),
];
