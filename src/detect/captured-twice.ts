import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding } from './evidence.ts';
import type { Finding } from './finding.ts';

/** Two packets may agree by chance once. */
const MIN_COPIES = 2;

/*
 * Seen: packets that agree in everything that a retransmission would change, microseconds apart.
 * Means: the capture saw them on several interfaces or hooks; they are left out of all other judgement.
 */
function detect(observations: Observations): Finding[] {
  const { copies, packets } = observations;
  if (copies.count < MIN_COPIES) return [];
  return [
    finding(observations, 'captured-twice', copies, {
      severity: 'info',
      confidence: 'high',
      client: '',
      server: '',
      protocol: '',
      text: `${copies.count} of ${packets} packets are second copies of a packet; they are not counted as retransmissions`,
      details: { attempts: packets },
    }),
  ];
}

/** K1: the same packets were captured several times. */
export const capturedTwice: Detector = {
  id: 'captured-twice',
  severity: 'info',
  doc: {
    title: 'Packets were captured more than once',
    seen: 'Packets agree in addresses, ports, IP identification, sequence numbers and time stamps and are at most 100 ms apart.',
    meaning:
      'The capture saw each packet at several places (for instance on "any" interface of a node). The copies are left out, so they are no retransmissions.',
    causes: [
      'a capture on "any" where bridge, veth and NIC see the same packet',
      'a mirror port that copies both directions',
      'capture in and outside a tunnel',
    ],
    misleads: ['Other tools report these copies as retransmissions.'],
    next: ['nothing is wrong with the network because of this'],
  },
  detect,
};
