import type { Crossing, Loss } from '../matching/crossing.ts';
import type { Detector } from './detector.ts';
import { plural } from './evidence.ts';
import type { Finding, FindingConfidence, Severity } from './finding.ts';
import { mergeScans } from './merge-scans.ts';

/** As with packets that are sent again in one capture (`tcp-loss`). */
const WARNING_SHARE = 0.01;
const ERROR_SHARE = 0.05;
/** So many packets in both captures show that matching works between them. */
const ENOUGH_MATCHED = 4;

/*
 * Seen: a packet leaves one vantage point and is not in the capture of another one that it had to pass, although
 * that one captured packets before and after.
 * Means: it was dropped between the two.
 * False positives: packets that the other capture lost (counted as dropped, or acknowledged although it does not hold
 * them) make it doubtful and, if they may be all, silence it; packets of the last second may still be under way.
 */
function compare(crossing: Crossing): Finding[] {
  const findings = crossing.losses.flatMap((loss) => describe(crossing, loss) ?? []);
  // Frame numbers of different captures do not mix.
  return [...Map.groupBy(findings, ({ capture }) => capture).values()].flatMap(mergeScans);
}

function describe(crossing: Crossing, loss: Loss): Finding | undefined {
  const { dropped, count, unseenArrivals, seenAt, missingAt } = loss;
  const lastSeenAt = seenAt.at(-1);
  if (lastSeenAt === undefined || (dropped ?? 0) >= count || unseenArrivals >= count) return undefined;
  return {
    id: 'lost-between',
    severity: severityOf(loss),
    confidence: confidenceOf(loss),
    capture: lastSeenAt,
    client: loss.client,
    server: loss.server,
    protocol: loss.protocol,
    count,
    firstSeen: loss.firstSeen,
    lastSeen: loss.lastSeen,
    frames: loss.frames,
    text: textOf(crossing, loss),
    details: {
      by: loss.by,
      seenAt,
      lastSeenAt,
      missingAt,
      arrived: loss.arrived,
      framesThere: loss.framesThere,
      ...(loss.handshakes > 0 && loss.by === 'client' ? { synSegments: loss.handshakes } : {}),
    },
  };
}

/** An exchange that nothing answered has failed; other losses cost time. */
function severityOf({ silentFlows, count, arrived, by, handshakes, flows }: Loss): Severity {
  const share = count / (count + arrived);
  if (silentFlows > 0 || (by === 'server' && handshakes >= flows) || share >= ERROR_SHARE) return 'error';
  return share >= WARNING_SHARE ? 'warning' : 'info';
}

function confidenceOf(loss: Loss): FindingConfidence {
  const isDoubtful =
    (loss.dropped ?? 0) > 0 || loss.unseenArrivals > 0 || loss.isBroken || !loss.isOrderProven;
  if (isDoubtful) return loss.matched === 0 ? 'low' : 'medium';
  return loss.matched >= ENOUGH_MATCHED ? 'high' : 'medium';
}

/** "48 of 48 packets (48 SYN) left pod/shop/checkout eth0 and never reached pod/shop/payments eth0". */
function textOf({ places }: Crossing, loss: Loss): string {
  const name = (capture: number): string =>
    places.find((place) => place.capture === capture)?.name ?? `capture ${capture + 1}`;
  const { count, arrived, handshakes, by, seenAt, missingAt } = loss;
  const kind = handshakes === 0 ? '' : ` (${handshakes} ${by === 'client' ? 'SYN' : 'SYN-ACK'})`;
  const share = arrived === 0 ? plural(count, 'packet') : `${count} of ${count + arrived} packets`;
  const [origin = 0, ...others] = seenAt;
  const through = others.map((capture) => `, reached ${name(capture)}`).join('');
  const sender = by === 'client' ? 'the client' : 'the server';
  const missing = missingAt.map(name).join(' nor ');
  const doubt = loss.isOrderProven ? '' : '; the clocks of the two could not be compared';
  return `${share} of ${sender}${kind} left ${name(origin)}${through} and never reached ${missing}, which captured ${plural(loss.packetsThere, 'other packet')}${doubt}`;
}

/** M1: packets that left one captured place and never came to another. */
export const lostBetween: Detector = {
  id: 'lost-between',
  severity: 'error',
  doc: {
    title: 'Packets were lost between two captured places',
    seen: 'A packet is in the capture of one place and not in that of another one on its way, although that one captured packets before and after it.',
    meaning:
      'It was dropped between these two places: where it was seen last is the last place that had it. Requests wait until it is sent again, or fail.',
    causes: [
      'a NetworkPolicy: egress rules drop behind the client’s pod, ingress rules before the server’s pod',
      'a rule of the node’s firewall, or the cloud’s security group, between two nodes',
      'the overlay between the nodes is blocked or too small for the packet',
      'the node does not forward, or its connection table is full',
    ],
    misleads: [
      'The other capture must have listened: packets that it lost itself are taken into account as far as they were counted.',
      'Proxies of a service mesh open connections of their own; no packet on one side is on the other one then, and this finding says nothing.',
      'A capture with a filter may leave out what did arrive; packets count as lost only where others of the same connection, Service or port are in it.',
    ],
    next: [
      'capture at the nodes between the two places as well',
      'kubectl get networkpolicies -n NAMESPACE, for both pods',
    ],
  },
  // One capture alone cannot show it.
  detect: () => [],
  compare,
};
