import { Side, State, Word } from '../conversations/conversation-record.ts';
import type { Observations } from '../conversations/observations.ts';
import type { ConversationView } from '../conversations/view.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence } from './evidence.ts';
import type { Finding } from './finding.ts';

const ID = 'midstream-capture';

function judge(conversation: ConversationView): void {
  if (!conversation.isTcp || conversation.has(State.Syn | State.SynAck)) return;
  const packets = [conversation.side(0, Side.Packets), conversation.side(1, Side.Packets)] as const;
  const data = conversation.side(0, Side.Advances) + conversation.side(1, Side.Advances);
  if (Math.min(...packets) === 0 || data === 0) return;
  const { group, firstNs, lastNs } = conversation;
  group.symptom(ID).add(firstNs, lastNs, conversation.word(Word.FirstFrame));
}

/*
 * Seen: TCP connections with data whose SYN and SYN-ACK are not in the capture.
 * Means: they were open before the capture began: who dialled, the window scale and the round trip of the
 * handshake are not known, and it is not judged whether connecting works.
 */
function detect(observations: Observations): Finding[] {
  const symptoms = observations.groups
    .map(({ symptoms: all }) => all.get(ID))
    .filter((symptom) => symptom !== undefined);
  if (symptoms.length === 0) return [];
  const evidence = joinEvidence(symptoms);
  const connections = observations.groups.reduce(
    (sum, group) => sum + (group.protocol === 'TCP' ? group.conversations : 0),
    0,
  );
  const verb = evidence.count === 1 ? 'was' : 'were';
  return [
    finding(observations, ID, evidence, {
      severity: 'info',
      confidence: 'high',
      client: '',
      server: '',
      protocol: 'TCP',
      text: `${evidence.count} of ${connections} TCP connections ${verb} open before the capture began`,
      details: {},
    }),
  ];
}

/** K4: connections that were open before the capture began. */
export const midstreamCapture: Detector = {
  id: 'midstream-capture',
  severity: 'info',
  doc: {
    title: 'Connections were open before the capture began',
    seen: 'TCP connections carry data, but neither their SYN nor their SYN-ACK is in the capture.',
    meaning:
      'Whether and how fast connecting works is not known for them; which side is the client is a guess by the ports.',
    causes: ['connections that are kept open: pools, HTTP keep-alive, gRPC, watches of the Kubernetes API'],
    misleads: ['A filter that lets through only part of the packets looks alike.'],
    next: ['kubectl netdebug POD --duration 5m   (longer, while the program connects anew)'],
  },
  judge,
  detect,
};
