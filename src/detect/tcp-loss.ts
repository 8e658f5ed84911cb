import type { Group } from '../conversations/groups.ts';
import type { Observations } from '../conversations/observations.ts';
import type { SegmentTotals } from '../conversations/segments.ts';
import type { Detector } from './detector.ts';
import { finding, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { sideName } from './symptoms.ts';

/** Fewer retransmissions than this happen everywhere. */
const MIN_RETRANSMISSIONS = 3;
const WARNING_SHARE = 0.01;
const ERROR_SHARE = 0.05;

/*
 * Seen: data segments are sent again because they were not acknowledged in time, or because duplicate
 * acknowledgments asked for them.
 * Means: packets are lost on the way; throughput falls and single requests take 200 ms and more longer.
 * False positives: packets that were captured twice (left out before), keep-alives and window probes, segments
 * that only overtook each other, and data that got stuck (findings of their own).
 */
function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) =>
    group.segments.flatMap((totals, side) => describe(observations, group, totals, side) ?? []),
  );
}

function describe(
  observations: Observations,
  group: Group,
  totals: SegmentTotals,
  side: number,
): Finding | undefined {
  const lost = totals.retransmissions + totals.fastRetransmissions;
  const share = lost / (totals.data + lost);
  if (lost < MIN_RETRANSMISSIONS || share < WARNING_SHARE) return undefined;
  const from = sideName(side);
  return finding(
    observations,
    'tcp-loss',
    {
      count: lost,
      firstNs: totals.lossy.firstNs,
      lastNs: totals.lossy.lastNs,
      frames: totals.lossy.frames,
      clientPort: totals.lossy.clientPort,
    },
    {
      severity: share >= ERROR_SHARE ? 'error' : 'warning',
      confidence: observations.dropped !== null && observations.dropped > 0 ? 'medium' : 'high',
      client: group.client,
      server: serverOf(group),
      protocol: 'TCP',
      text: `${plural(lost, 'segment')} of the ${from} of ${totals.data + lost} (${(share * 100).toFixed(1)} %) had to be sent again: ${totals.fastRetransmissions} fast, ${totals.retransmissions} after a time-out`,
      details: { by: from },
    },
  );
}

/** T1: segments are lost and sent again. */
export const tcpLoss: Detector = {
  id: 'tcp-loss',
  severity: 'error',
  doc: {
    title: 'TCP segments are lost on the way',
    seen: 'At least 3 segments, and at least 1 % of a direction, were sent again because they were not acknowledged.',
    meaning:
      'Packets are dropped between the two hosts. Connections survive, but they are slow: each loss costs a round trip, or 200 ms and more.',
    causes: [
      'an overloaded NIC, link or node, CPU throttling of the pod that receives',
      'loss in the overlay or in the network below it',
      'a policer that drops instead of queueing',
    ],
    misleads: [
      'Packets that were captured twice look like retransmissions in other tools; here they are left out first.',
      'A capture that dropped packets itself makes loss less sure; the confidence is then lower.',
    ],
    next: [
      'nstat -az | grep -i retrans   (in the pod)',
      'ip -s link   (on both nodes)',
      'trace the other end: which side does not see the segments?',
    ],
  },
  detect,
};
