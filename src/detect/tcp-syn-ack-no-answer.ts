import { State, Word } from '../conversations/conversation-record.ts';
import type { Observations } from '../conversations/observations.ts';
import type { ConversationView } from '../conversations/view.ts';
import type { Detector } from './detector.ts';
import { finding, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { describeSymptoms } from './symptoms.ts';

const ID = 'tcp-syn-ack-no-answer';

function judge(conversation: ConversationView): void {
  const silent = conversation.word(Word.SynAckCount) >= 2 && conversation.has(State.Syn);
  if (!silent || conversation.has(State.ClientWentOn | State.ClientReset)) return;
  conversation.group
    .symptom(ID)
    .add(
      conversation.firstNs,
      conversation.lastNs,
      conversation.word(Word.FirstSynFrame),
      conversation.word(Word.AnswerFrame),
      conversation.word(Word.SecondSynAckFrame),
    );
}

/*
 * Seen: the server repeats its SYN-ACK and the client never acknowledges it.
 * Means: the answer does not get back to the client, although its SYN arrived.
 * False positives: a flood of SYNs with forged senders (many clients: one finding).
 */
function detect(observations: Observations): Finding[] {
  return describeSymptoms(observations, ID, ({ group, symptom }) =>
    finding(observations, ID, symptom, {
      severity: 'error',
      confidence: 'high',
      client: group.client,
      server: serverOf(group),
      protocol: 'TCP',
      text: `${symptom.count} of ${plural(group.conversations, 'connection')} got stuck in the handshake: the client never acknowledged the SYN-ACK`,
      details: { attempts: group.conversations, succeeded: group.conversations - symptom.count },
    }),
  );
}

/** C5: the handshake's answer does not reach the client. */
export const tcpSynAckNoAnswer: Detector = {
  id: 'tcp-syn-ack-no-answer',
  severity: 'error',
  doc: {
    title: 'SYN-ACKs are not acknowledged',
    seen: 'The server sends its SYN-ACK at least twice, and nothing of the client follows.',
    meaning: 'The way to the server works, the way back does not. The client sees a time-out.',
    causes: [
      'asymmetric routing with a reverse path filter (rp_filter)',
      'a firewall that drops answers',
      'a wrong node address in direct server return',
    ],
    misleads: ['A flood of SYNs with forged senders looks the same, from many clients at once.'],
    next: [
      'trace the client as well: does the SYN-ACK arrive there?',
      'ip route get CLIENT   (on the server’s node)',
    ],
  },
  judge,
  detect,
};
