import { Measure, State, Word } from '../conversations/conversation-record.ts';
import type { Observations } from '../conversations/observations.ts';
import type { ConversationView } from '../conversations/view.ts';
import type { Detector } from './detector.ts';
import { finding, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { describeSymptoms } from './symptoms.ts';

const ID = 'tcp-forged-segment';
/** Paths to one host may differ by a router; more is another host. */
const MIN_TTL_DIFFERENCE = 2;

/** Counts what cannot have been sent by one host; the names in `largest` are the kinds. */
function judge(conversation: ConversationView): void {
  const word = (field: number): number => conversation.word(field);
  const { group, firstNs, lastNs } = conversation;
  if (conversation.has(State.AcceptedAfterReset)) {
    const symptom = group.symptom(ID);
    symptom.add(firstNs, lastNs, word(Word.FirstSynFrame), word(Word.ResetFrame), word(Word.AnswerFrame));
    symptom.note('refused', 1);
  } else if (word(Word.OtherTurnFrame) !== 0 && conversation.has(State.ClientReset)) {
    const symptom = group.symptom(ID);
    symptom.add(firstNs, lastNs, word(Word.TurnFrame), word(Word.OtherTurnFrame), word(Word.ResetFrame));
    symptom.note('answered', 1);
  } else if (wentOnAfterReset(conversation)) {
    const symptom = group.symptom(ID);
    symptom.add(
      conversation.number(Measure.ResetNs),
      lastNs,
      word(Word.ResetFrame),
      word(Word.AfterResetFrame),
    );
    symptom.note('reset', 1);
  }
}

/** The server went on with data after a reset in its name that came from another distance. */
function wentOnAfterReset(conversation: ConversationView): boolean {
  const ttl = conversation.word(Word.ServerTtl);
  const apart = Math.abs(conversation.word(Word.ResetTtl) - ttl);
  if (conversation.word(Word.AfterResetFrame) === 0 || conversation.has(State.ClientReset)) return false;
  return conversation.isEstablished && ttl !== 0 && apart >= MIN_TTL_DIFFERENCE;
}

const KINDS: Readonly<Record<string, string>> = {
  refused: 'a reset refused the connection, yet the server accepted it',
  answered: 'two different answers came for one request, and the client reset the connection',
  reset: 'a reset came from another distance (TTL) than the server, which went on sending',
};

/*
 * Seen: segments of one server that contradict each other.
 * Means: something on the path sends in the name of the server.
 * False positives: copies of one packet on the path (they agree in all but the TTL) are taken out before; a SYN
 * that is repeated after a refusal may well be accepted.
 */
function detect(observations: Observations): Finding[] {
  return describeSymptoms(observations, ID, ({ group, symptom }) => {
    const kinds = [...symptom.largest.keys()].map((kind) => KINDS[kind] ?? kind);
    return finding(observations, ID, symptom, {
      severity: 'warning',
      confidence: 'medium',
      client: group.client,
      server: serverOf(group),
      protocol: 'TCP',
      text: `${symptom.count} of ${plural(group.conversations, 'connection')}: ${kinds.join('; ')}`,
      details: { attempts: group.conversations },
    });
  });
}

/** C9: segments that somebody else sends in the server's name. */
export const tcpForgedSegment: Detector = {
  id: 'tcp-forged-segment',
  severity: 'warning',
  doc: {
    title: 'Somebody on the path sends in the name of the server',
    seen: 'A reset refuses a connection that the server then accepts; or two different answers stand at one sequence number and the client resets; or a reset comes with another time to live than the server’s packets, and the server goes on.',
    meaning: 'A device between client and server breaks off or answers connections in the server’s name.',
    causes: [
      'an egress firewall or intrusion prevention system',
      'a mesh or proxy on the path',
      'a network provider that filters',
    ],
    misleads: [
      'Packets that are captured at several places of the path agree in all but their time to live; they are not counted.',
    ],
    next: [
      'kubectl netdebug on the server’s pod as well: what it never sent was forged',
      'compare the time to live of the segments in the frames',
    ],
  },
  judge,
  detect,
};
