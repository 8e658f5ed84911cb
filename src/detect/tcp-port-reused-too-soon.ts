import { State, Word } from '../conversations/conversation-record.ts';
import type { Observations } from '../conversations/observations.ts';
import type { ConversationView } from '../conversations/view.ts';
import type { Detector } from './detector.ts';
import { finding, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { describeSymptoms } from './symptoms.ts';

const ID = 'tcp-port-reused-too-soon';

function judge(conversation: ConversationView): void {
  if (!conversation.has(State.ChallengedSyn) || !conversation.has(State.ClientReset)) return;
  const frames = [Word.FirstSynFrame, Word.ChallengeFrame, Word.ResetFrame].map((field) =>
    conversation.word(field),
  );
  const [syn = 0, answer = 0, reset = 0] = frames;
  conversation.group.symptom(ID).add(conversation.firstNs, conversation.lastNs, syn, answer, reset);
}

/*
 * Seen: the server answers a SYN with an acknowledgment of other bytes, and the client resets.
 * Means: for the server an older connection from this address and port still exists; the client dialled again
 * from the same port too early, or something between gave two clients the same port.
 */
function detect(observations: Observations): Finding[] {
  return describeSymptoms(observations, ID, ({ group, symptom }) =>
    finding(observations, ID, symptom, {
      severity: 'warning',
      confidence: 'medium',
      client: group.client,
      server: serverOf(group),
      protocol: 'TCP',
      text: `for the server ${symptom.count} of ${plural(group.conversations, 'connection')} came from a port that an older connection still used`,
      details: { attempts: group.conversations },
    }),
  );
}

/** C8: a port is used again while the server still knows its last connection. */
export const tcpPortReusedTooSoon: Detector = {
  id: 'tcp-port-reused-too-soon',
  severity: 'warning',
  doc: {
    title: 'A port is used again before the server has forgotten it',
    seen: 'A SYN is answered by an acknowledgment that does not fit it, the client sends RST, and usually dials again.',
    meaning:
      'Connecting takes a second or more longer, or fails, because for the server the port still belongs to an older connection.',
    causes: [
      'source NAT on a busy node runs out of ports and uses them again',
      'a NAT or firewall forgot the old connection, or dropped its FIN, before the server did',
      'a client that binds to one fixed port',
    ],
    misleads: [
      'A port that is used again after a FIN is answered by SYN-ACK at once; that is normal and not counted.',
    ],
    next: [
      'sysctl net.ipv4.ip_local_port_range   (on the node, and in the pod)',
      'conntrack -L -d ADDRESS | wc -l   (on the node)',
    ],
  },
  judge,
  detect,
};
