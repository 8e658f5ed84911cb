import { Side, SideMeasure, State } from '../conversations/conversation-record.ts';
import type { Observations } from '../conversations/observations.ts';
import type { ConversationView } from '../conversations/view.ts';
import type { Detector } from './detector.ts';
import { finding, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { describeSymptoms, durationText, sideName } from './symptoms.ts';

const ID = 'tcp-zero-window';
/** A window that opens again sooner is ordinary flow control. */
const MIN_CLOSED_NS = 1e9;
const ERROR_CLOSED_NS = 5e9;

function judge(conversation: ConversationView): void {
  for (let side = 0; side < 2; side++) {
    const sinceNs = conversation.sideNumber(side, SideMeasure.ZeroSinceNs);
    const isDone = conversation.has(side === 0 ? State.ClientFin : State.ServerFin);
    const openNs = sinceNs === 0 || isDone ? 0 : conversation.endNs - sinceNs;
    const closedNs = Math.max(conversation.sideNumber(side, SideMeasure.LongestZeroNs), openNs);
    if (closedNs < MIN_CLOSED_NS) continue;
    const symptom = conversation.group.symptom(ID);
    symptom.add(conversation.firstNs, conversation.lastNs, conversation.side(side, Side.ZeroWindowFrame));
    symptom.note('closedNs', closedNs);
    symptom.note('side', side);
    if (openNs >= MIN_CLOSED_NS) symptom.note('untilEnd', 1);
  }
}

/*
 * Seen: a receiver advertises a window of 0 and does not open it again for a second or more.
 * Means: its program does not read; the network is not the reason.
 * False positives: a window 0 in a reset, or after the receiver's FIN, means nothing.
 */
function detect(observations: Observations): Finding[] {
  return describeSymptoms(observations, ID, ({ group, symptom }) => {
    const closedNs = symptom.largest.get('closedNs') ?? 0;
    const untilEnd = symptom.largest.has('untilEnd');
    const by = sideName(symptom.largest.get('side') ?? 0);
    return finding(observations, ID, symptom, {
      severity: untilEnd || closedNs >= ERROR_CLOSED_NS ? 'error' : 'warning',
      confidence: 'high',
      client: group.client,
      server: serverOf(group),
      protocol: 'TCP',
      text: `in ${plural(symptom.count, 'connection')} the ${by} did not read for ${durationText(closedNs / 1e6)}: its receive window was closed${untilEnd ? ' until the end' : ''}`,
      details: { attempts: group.conversations, by, longestMs: closedNs / 1e6 },
    });
  });
}

/** T5: a receiver does not read. */
export const tcpZeroWindow: Detector = {
  id: 'tcp-zero-window',
  severity: 'error',
  doc: {
    title: 'A receiver does not read (zero window)',
    seen: 'One side advertises a receive window of 0 for at least a second; the other one may only probe it.',
    meaning: 'The program on that side does not take data out of its socket. It is not the network.',
    causes: [
      'a program that is blocked, out of CPU or memory, or waits for something slower',
      'a log shipper or consumer that cannot keep up',
    ],
    misleads: ['Short closed windows are ordinary flow control and are not counted.'],
    next: ['kubectl top pod POD -n NAMESPACE', 'ss -tm   (in the receiving pod: Recv-Q)'],
  },
  judge,
  detect,
};
