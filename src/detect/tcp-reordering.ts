import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { sideName } from './symptoms.ts';

const MIN_OUT_OF_ORDER = 10;
const MIN_SHARE = 0.01;

/*
 * Seen: segments overtake each other: a gap is filled within 3 ms by a segment that was not seen before.
 * Means: packets take several ways; it costs little unless it makes senders retransmit.
 */
function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) =>
    group.segments.flatMap((totals, side) => {
      const share = totals.outOfOrder / Math.max(totals.data, 1);
      if (totals.outOfOrder < MIN_OUT_OF_ORDER || share < MIN_SHARE) return [];
      const evidence = { count: totals.outOfOrder, firstNs: group.firstNs, lastNs: group.lastNs, frames: [] };
      return [
        finding(observations, 'tcp-reordering', evidence, {
          severity: 'info',
          confidence: 'high',
          client: group.client,
          server: serverOf(group),
          protocol: 'TCP',
          text: `${totals.outOfOrder} of ${totals.data} segments of the ${sideName(side)} (${(share * 100).toFixed(1)} %) arrived out of order`,
          details: { by: sideName(side) },
        }),
      ];
    }),
  );
}

/** T11: segments overtake each other. */
export const tcpReordering: Detector = {
  id: 'tcp-reordering',
  severity: 'info',
  doc: {
    title: 'Segments arrive out of order',
    seen: 'At least 1 % of the segments arrive behind later ones, within milliseconds.',
    meaning: 'Packets of one connection take several ways or queues. It is rarely felt.',
    causes: ['several links or queues (ECMP, bonding, multi-queue NICs)'],
    misleads: [
      'Records that stand in the wrong order in the file are recognised by their times and not counted.',
    ],
    next: ['nothing, unless tcp-loss is reported for the same hosts'],
  },
  detect,
};
