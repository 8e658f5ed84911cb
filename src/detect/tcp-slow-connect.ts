import { Measure, Word } from '../conversations/conversation-record.ts';
import type { Observations } from '../conversations/observations.ts';
import type { ConversationView } from '../conversations/view.ts';
import type { Detector } from './detector.ts';
import { finding, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { describeSymptoms, durationText } from './symptoms.ts';

const ID = 'tcp-slow-connect';

function judge(conversation: ConversationView): void {
  const retries = conversation.word(Word.SynCount) - 1;
  if (retries < 1 || !conversation.isEstablished) return;
  const handshakeNs = conversation.number(Measure.HandshakeNs);
  if (!(handshakeNs >= 0)) return;
  const symptom = conversation.group.symptom(ID);
  symptom.add(
    conversation.firstNs,
    conversation.lastNs,
    conversation.word(Word.FirstSynFrame),
    conversation.word(Word.SecondSynFrame),
    conversation.word(Word.AnswerFrame),
  );
  symptom.note('delayNs', conversation.number(Measure.LastSyn) - conversation.firstNs + handshakeNs);
  symptom.note('retries', retries);
}

/*
 * Seen: the first SYN gets no answer, a later one does.
 * Means: a packet of the handshake was lost, or the server did not take it in time; each retry costs a second.
 * False positives: copies of one SYN (left out before).
 */
function detect(observations: Observations): Finding[] {
  return describeSymptoms(observations, ID, ({ group, symptom }) => {
    const delayMs = (symptom.largest.get('delayNs') ?? 0) / 1e6;
    return finding(observations, ID, symptom, {
      severity: 'warning',
      confidence: 'high',
      client: group.client,
      server: serverOf(group),
      protocol: 'TCP',
      text: `${symptom.count} of ${plural(group.conversations, 'connection')} came about only after ${plural(symptom.largest.get('retries') ?? 0, 'more SYN')}, up to ${durationText(delayMs)} late`,
      details: { attempts: group.conversations, longestMs: delayMs },
    });
  });
}

/** C4: connecting takes retries. */
export const tcpSlowConnect: Detector = {
  id: 'tcp-slow-connect',
  severity: 'warning',
  doc: {
    title: 'Connecting takes more than one SYN',
    seen: 'The first SYN is not answered, a repetition one or more seconds later is.',
    meaning:
      'The connection works in the end, but it cost a second for each retry. Users see sporadic delays of 1, 3 or 7 seconds.',
    causes: [
      'two connections that raced for one entry in connection tracking (insert_failed)',
      'an accept queue that is full for moments (ListenOverflows at the server)',
      'plain loss; exactly 63 seconds are a checksum offload fault of VXLAN',
    ],
    misleads: ['A host that answers other connections at once is not slow as such.'],
    next: [
      'conntrack -S   (on the node: insert_failed, drop)',
      'nstat -az TcpExtListenOverflows TcpExtListenDrops   (in the server pod)',
    ],
  },
  judge,
  detect,
};
