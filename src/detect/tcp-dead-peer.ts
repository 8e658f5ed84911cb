import { Side } from '../conversations/conversation-record.ts';
import type { Observations } from '../conversations/observations.ts';
import type { ConversationView } from '../conversations/view.ts';
import type { Detector } from './detector.ts';
import { finding, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { describeSymptoms, sideName } from './symptoms.ts';

const ID = 'tcp-dead-peer';
const MIN_KEEP_ALIVES = 3;

function judge(conversation: ConversationView): void {
  for (let side = 0; side < 2; side++) {
    const run = conversation.side(side, Side.MostKeepAlives);
    // Where nothing of the other side was ever captured, its answers may be there.
    if (run < MIN_KEEP_ALIVES || conversation.side(1 - side, Side.Packets) === 0) continue;
    const symptom = conversation.group.symptom(ID);
    symptom.add(conversation.firstNs, conversation.lastNs, 0);
    symptom.note('run', run);
    symptom.note('side', side);
  }
}

/*
 * Seen: three keep-alives in a row without an answer.
 * Means: the other end is gone without having said so.
 * False positives: probes of a closed window have the same shape and are told apart by the window.
 */
function detect(observations: Observations): Finding[] {
  return describeSymptoms(observations, ID, ({ group, symptom }) =>
    finding(observations, ID, symptom, {
      severity: 'warning',
      confidence: 'high',
      client: group.client,
      server: serverOf(group),
      protocol: 'TCP',
      text: `in ${plural(symptom.count, 'connection')} ${symptom.largest.get('run') ?? 0} keep-alives in a row of the ${sideName(symptom.largest.get('side') ?? 0)} were not answered`,
      details: { attempts: group.conversations },
    }),
  );
}

/** T10: keep-alives are not answered. */
export const tcpDeadPeer: Detector = {
  id: 'tcp-dead-peer',
  severity: 'warning',
  doc: {
    title: 'Keep-alives are not answered',
    seen: 'At least three TCP keep-alives in a row get no acknowledgment.',
    meaning: 'The host at the other end, or the way to it, is gone; the connection is kept for nothing.',
    causes: [
      'the pod or node at the other end is gone without closing its connections',
      'a firewall or NAT that forgot the connection and drops silently',
    ],
    misleads: [
      'Probes of a closed receive window look alike in other tools; here they count as tcp-zero-window.',
    ],
    next: ['kubectl get pods -A -o wide --field-selector status.podIP=ADDRESS'],
  },
  judge,
  detect,
};
