import { Measure, Word } from '../conversations/conversation-record.ts';
import type { Observations } from '../conversations/observations.ts';
import type { ConversationView } from '../conversations/view.ts';
import type { Detector } from './detector.ts';
import { finding, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { describeSymptoms, durationText } from './symptoms.ts';

const ID = 'latency-split';
/** A server that takes longer for the first byte of its answer is worth a word. */
const SLOW_SERVER_NS = 1e9;
/** A round trip above this is felt in every request. */
const SLOW_PATH_NS = 200e6;

function judge(conversation: ConversationView): void {
  if (!conversation.isEstablished) return;
  const serverNs = conversation.number(Measure.ServerNs);
  const pathNs = conversation.roundTripNs;
  if (serverNs < SLOW_SERVER_NS && pathNs < SLOW_PATH_NS) return;
  const symptom = conversation.group.symptom(ID);
  const isServer = serverNs >= SLOW_SERVER_NS;
  symptom.add(
    conversation.firstNs,
    conversation.lastNs,
    conversation.word(isServer ? Word.SlowRequestFrame : Word.FirstSynFrame),
    conversation.word(isServer ? Word.SlowResponseFrame : Word.AnswerFrame),
  );
  symptom.note('serverNs', serverNs);
  symptom.note('pathNs', pathNs);
}

/*
 * Seen: much time between the client's last data and the server's first, or a long round trip.
 * Means: says whose time it is; what a protocol means by waiting (long polls, idle sessions) it cannot know,
 * so it is information.
 */
function detect(observations: Observations): Finding[] {
  return describeSymptoms(observations, ID, ({ group, symptom }) => {
    const serverMs = (symptom.largest.get('serverNs') ?? 0) / 1e6;
    const pathMs = (symptom.largest.get('pathNs') ?? 0) / 1e6;
    const isServer = serverMs >= SLOW_SERVER_NS / 1e6;
    const text = isServer
      ? `the server took up to ${durationText(serverMs)} to answer; the round trip to it takes ${durationText(pathMs)}`
      : `the round trip takes up to ${durationText(pathMs)}, before any answer of the server`;
    return finding(observations, ID, symptom, {
      severity: 'info',
      confidence: 'medium',
      client: group.client,
      server: serverOf(group),
      protocol: 'TCP',
      text: `${text} (${plural(symptom.count, 'connection')})`,
      details: {
        attempts: group.conversations,
        longestMs: serverMs,
        roundTripMs: pathMs,
        ...(isServer ? { by: 'server' as const } : {}),
      },
    });
  });
}

/** T12: where the time goes. */
export const latencySplit: Detector = {
  id: 'latency-split',
  severity: 'info',
  doc: {
    title: 'Where the time goes: path or server',
    seen: 'More than a second between the client’s data and the server’s answer, or a round trip of more than 200 ms.',
    meaning:
      'It tells the time of the network (round trip) from that of the server (answer), so that the right team is asked.',
    causes: [
      'a server that is busy or waits for something else',
      'a long way: another region, a VPN, a queue that is full',
    ],
    misleads: ['Long polls, streams and idle sessions wait on purpose.'],
    next: ['the server’s own metrics and traces for that time'],
  },
  judge,
  judgesCalm: true,
  detect,
};
