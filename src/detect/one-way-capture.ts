import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';

/** A few one-way conversations among many are those that were cut by the beginning or end of the capture. */
const WARNING_SHARE = 0.05;

/*
 * Seen: conversations of which one direction is missing although the client went on after its SYN.
 * Means: the answers exist but take another way than past this capture; nothing can be said about them.
 */
function detect(observations: Observations): Finding[] {
  const groups = observations.groups.filter((group) => group.oneWay.count > 0);
  if (groups.length === 0) return [];
  const evidence = joinEvidence(groups.map((group) => group.oneWay));
  const conversations = observations.groups.reduce(
    (sum, group) => sum + (group.protocol === 'TCP' ? group.conversations : 0),
    0,
  );
  const [first] = groups;
  const single = groups.length === 1 && first !== undefined;
  return [
    finding(observations, 'one-way-capture', evidence, {
      severity: evidence.count / conversations >= WARNING_SHARE ? 'warning' : 'info',
      confidence: 'high',
      client: single ? first.client : '*',
      server: single ? serverOf(first) : '*',
      protocol: 'TCP',
      text: `${evidence.count} of ${plural(conversations, 'TCP conversation')} show one direction only or lack the answer to the SYN; nothing is said about the missing packets`,
      details: { attempts: conversations },
    }),
  ];
}

/** K3: the capture sees one direction of a conversation only. */
export const oneWayCapture: Detector = {
  id: 'one-way-capture',
  severity: 'warning',
  doc: {
    title: 'Only one direction of some conversations was captured',
    seen: 'The client goes on after its SYN, or sends data for long, and no packet of the other direction is in the capture.',
    meaning:
      'The answers exist, but they do not pass the place of the capture. Such conversations count for no other finding.',
    causes: [
      'asymmetric routing or direct server return',
      'a capture filter such as "dst port 80"',
      'packets that the kernel dropped before they were captured',
    ],
    misleads: ['It says nothing about the network, only about the capture.'],
    next: ['capture without a filter on direction, or at the other end as well'],
  },
  detect,
};
