import { Side, SideMeasure } from '../conversations/conversation-record.ts';
import { stallOf } from '../conversations/stalls.ts';
import type { Stall } from '../conversations/stalls.ts';
import type { ConversationView } from '../conversations/view.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { describeSymptoms, durationText, sideName } from './symptoms.ts';

const ID = 'tcp-stalled';

/** Counts a side's data that got stuck in the given way. */
export function judgeStall(conversation: ConversationView, id: string, wanted: Stall): void {
  for (let side = 0; side < 2; side++) {
    if (stallOf(conversation, side) !== wanted) continue;
    const symptom = conversation.group.symptom(id);
    const beganNs = conversation.sideNumber(side, SideMeasure.RepeatNs);
    symptom.add(
      beganNs,
      conversation.lastNs,
      conversation.side(side, Side.FirstRetransmissionFrame),
      conversation.side(side, Side.LastRetransmissionFrame),
    );
    symptom.note('repeats', conversation.side(side, Side.MostRepeats));
    symptom.note('lostBytes', conversation.side(side, Side.RepeatLength));
    symptom.note('passedBytes', conversation.side(side, Side.LargestAcked));
    symptom.note('side', side);
    symptom.note('lastedNs', conversation.lastNs - beganNs);
    symptom.note('mss', conversation.mss);
  }
}

/*
 * Seen: the same data is sent four times or more without any acknowledgment of it.
 * Means: the peer, or the way to it, is gone in the middle of a connection.
 * False positives: a closed window (probes, not retransmissions), captures of one direction.
 */
function detect(observations: Observations): Finding[] {
  return describeSymptoms(observations, ID, ({ group, symptom }) => {
    if (group.packetsFromServer === 0) return undefined;
    const lastedMs = (symptom.largest.get('lastedNs') ?? 0) / 1e6;
    const by = sideName(symptom.largest.get('side') ?? 0);
    return finding(observations, ID, symptom, {
      severity: 'error',
      confidence: 'high',
      client: group.client,
      server: serverOf(group),
      protocol: 'TCP',
      text: `in ${plural(symptom.count, 'connection')} data of the ${by} was sent up to ${(symptom.largest.get('repeats') ?? 0) + 1} times in ${durationText(lastedMs)} and never acknowledged`,
      details: { attempts: group.conversations, by, longestMs: lastedMs },
    });
  });
}

/** T2: data is sent again and again without progress. */
export const tcpStalled: Detector = {
  id: 'tcp-stalled',
  severity: 'error',
  doc: {
    title: 'A TCP connection got stuck',
    seen: 'The same data is sent at least four times, each time after a longer wait, and is never acknowledged.',
    meaning:
      'The peer is gone, or packets to it or from it are dropped since some moment. Requests hang until a time-out ends them.',
    causes: [
      'the pod at the other end was deleted, or its node is lost',
      'the entry of the connection in a connection tracking table or load balancer is gone',
      'a firewall or policy that came into force in the middle of the connection',
    ],
    misleads: [
      'Where only large segments are stuck, the finding is path-mtu-black-hole.',
      'A receiver that does not read closes its window: tcp-zero-window.',
    ],
    next: [
      'kubectl get pods -A -o wide --field-selector status.podIP=ADDRESS',
      'kubectl get events -n NAMESPACE --sort-by=.lastTimestamp',
    ],
  },
  judge: (conversation) => judgeStall(conversation, ID, 'stalled'),
  detect,
};
