import { Measure, Side, State, Word } from '../conversations/conversation-record.ts';
import type { Observations } from '../conversations/observations.ts';
import type { ConversationView } from '../conversations/view.ts';
import type { Detector } from './detector.ts';
import { finding, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { isResetAfterIdle } from './tcp-reset-after-idle.ts';
import { describeSymptoms } from './symptoms.ts';

const ID = 'tcp-reset-midstream';

function judge(conversation: ConversationView): void {
  const hasData = conversation.side(0, Side.Advances) + conversation.side(1, Side.Advances) > 0;
  if (conversation.word(Word.ResetFrame) === 0 || !hasData || conversation.has(State.ResetAfterFin)) return;
  if (isResetAfterIdle(conversation)) return;
  if (!conversation.has(State.ResetUnanswered)) return;
  conversation.group
    .symptom(ID)
    .add(
      conversation.firstNs,
      conversation.number(Measure.ResetNs),
      conversation.word(Word.RequestFrame),
      conversation.word(Word.ResetFrame),
    );
}

/*
 * Seen: RST of the server while the client's data is not answered, before either side had said FIN.
 * Means: the server, or something in its name, broke the connection off.
 * False positives: resets after a FIN, by whichever side, only tidy up; a reset of the client, or one that leaves
 * nothing unanswered, is often how programs close. None of them is counted.
 */
function detect(observations: Observations): Finding[] {
  return describeSymptoms(observations, ID, ({ group, symptom }) =>
    finding(observations, ID, symptom, {
      severity: 'error',
      confidence: 'high',
      client: group.client,
      server: serverOf(group),
      protocol: 'TCP',
      text: `${symptom.count} of ${plural(group.conversations, 'connection')} ${symptom.count === 1 ? 'was' : 'were'} reset by the server while a request was not answered`,
      details: {
        attempts: group.conversations,
        succeeded: group.conversations - symptom.count,
        by: 'server',
      },
    }),
  );
}

/** T7: connections are broken off. */
export const tcpResetMidstream: Detector = {
  id: 'tcp-reset-midstream',
  severity: 'error',
  doc: {
    title: 'Connections are reset in the middle',
    seen: 'An RST of the server ends a connection while data of the client is not answered, before either side sent FIN.',
    meaning: 'The request failed: the application reports "connection reset by peer".',
    causes: [
      'the server crashed or was killed (out of memory, restart)',
      'the endpoint was removed while connections to it were kept',
      'a proxy or mesh that lost its upstream, or a limit of the server',
    ],
    misleads: [
      'Resets after FIN, by the client, or with nothing left unanswered are how many programs close; they are not counted.',
      'A reset after a long silence is tcp-reset-after-idle.',
    ],
    next: [
      'kubectl describe pod POD -n NAMESPACE   (restarts, OOMKilled)',
      'the log of the server or proxy at that time',
    ],
  },
  judge,
  detect,
};
