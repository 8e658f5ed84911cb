import { Side, Word } from '../conversations/conversation-record.ts';
import type { Observations } from '../conversations/observations.ts';
import type { ConversationView } from '../conversations/view.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, plural } from './evidence.ts';
import type { Finding } from './finding.ts';

const ID = 'offload';
/** Without the option a segment of this size fits into no common MTU. */
const JUMBO_BYTES = 9000;

function judge(conversation: ConversationView): void {
  if (!conversation.isTcp) return;
  for (const side of [0, 1]) {
    // What a side may send is what its peer said in its SYN.
    const most = conversation.side(1 - side, Side.Mss);
    const length = Math.max(
      conversation.side(side, Side.LargestAcked),
      conversation.side(side, Side.PendingLength),
    );
    if (length <= (most === 0 ? JUMBO_BYTES : most)) continue;
    const symptom = conversation.group.symptom(ID);
    symptom.add(conversation.firstNs, conversation.lastNs, conversation.word(Word.FirstFrame));
    symptom.note('bytes', length);
    return;
  }
}

/*
 * Seen: TCP segments that are larger than the peer takes.
 * Means: the capture is made before the kernel or network card cuts them up, or after it has put them together.
 * Normal in pods; sizes of segments in the capture are not those on the wire, and checksums may be unfinished.
 */
function detect(observations: Observations): Finding[] {
  const symptoms = observations.groups
    .map(({ symptoms: all }) => all.get(ID))
    .filter((symptom) => symptom !== undefined);
  if (symptoms.length === 0) return [];
  const evidence = joinEvidence(symptoms);
  const largest = Math.max(...symptoms.map((symptom) => symptom.largest.get('bytes') ?? 0));
  return [
    finding(observations, ID, evidence, {
      severity: 'info',
      confidence: 'high',
      client: '',
      server: '',
      protocol: 'TCP',
      text: `${plural(evidence.count, 'connection has', 'connections have')} segments of up to ${largest} bytes, which are cut up or put together outside the capture (offload)`,
      details: {},
    }),
  ];
}

/** K6: segments that are larger than the wire carries. */
export const offload: Detector = {
  id: 'offload',
  severity: 'info',
  doc: {
    title: 'Segments are larger than the wire carries',
    seen: 'TCP segments in the capture are larger than the maximum that the peer announced.',
    meaning:
      'The kernel or network card cuts them up after, or puts them together before, the place of the capture. That is normal and fast.',
    causes: ['segmentation offload (TSO, GSO, GRO) on the virtual interface of the pod'],
    misleads: [
      'The sizes in the capture say nothing about the MTU, and checksums of sent packets are often not filled in yet.',
    ],
    next: ['ethtool -k eth0   (in the pod; no change is needed)'],
  },
  judge,
  judgesCalm: true,
  detect,
};
