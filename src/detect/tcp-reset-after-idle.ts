import { Measure, State, Word } from '../conversations/conversation-record.ts';
import type { Observations } from '../conversations/observations.ts';
import type { ConversationView } from '../conversations/view.ts';
import type { Detector } from './detector.ts';
import { finding, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { describeSymptoms, durationText } from './symptoms.ts';

const ID = 'tcp-reset-after-idle';
/** The reset answers the data within a round trip; beyond a second it is another story. */
const ANSWER_NS = 1e9;

/** Idle limits of common load balancers and proxies, in seconds, to compare with. */
const KNOWN_LIMITS: readonly (readonly [seconds: number, whose: string])[] = [
  [60, 'many proxies'],
  [240, 'Azure load balancers'],
  [350, 'AWS network load balancers'],
  [600, 'GCP load balancers'],
  [900, 'nodes with IPVS'],
  [3600, 'proxies such as Envoy'],
];

/** Whether the reset answers the first data after a long silence. */
export function isResetAfterIdle(conversation: ConversationView): boolean {
  if (conversation.word(Word.ResetFrame) === 0 || conversation.number(Measure.IdleNs) === 0) return false;
  const afterNs = conversation.number(Measure.ResetNs) - conversation.number(Measure.IdleEndNs);
  return afterNs >= 0 && afterNs <= ANSWER_NS;
}

function judge(conversation: ConversationView): void {
  if (!isResetAfterIdle(conversation)) return;
  const symptom = conversation.group.symptom(ID);
  symptom.add(
    conversation.number(Measure.IdleEndNs),
    conversation.number(Measure.ResetNs),
    conversation.word(Word.RequestFrame),
    conversation.word(Word.ResetFrame),
  );
  symptom.note('idleNs', conversation.number(Measure.IdleNs));
  if (conversation.has(State.ServerReset)) symptom.note('ttl', conversation.word(Word.ResetTtl));
}

/*
 * Seen: no packet for 30 s or more, then data, and at once an RST.
 * Means: somebody on the way or at the end forgot the connection meanwhile.
 * False positives: keep-alives count as activity.
 */
function detect(observations: Observations): Finding[] {
  return describeSymptoms(observations, ID, ({ group, symptom }) => {
    const idleMs = (symptom.largest.get('idleNs') ?? 0) / 1e6;
    const ttl = symptom.largest.get('ttl');
    const limit = KNOWN_LIMITS.findLast(([seconds]) => idleMs / 1000 >= seconds);
    const known = limit === undefined ? '' : `; after ${limit[0]} s ${limit[1]} forget it`;
    return finding(observations, ID, symptom, {
      severity: 'error',
      confidence: 'high',
      client: group.client,
      server: serverOf(group),
      protocol: 'TCP',
      text: `${symptom.count} of ${plural(group.conversations, 'connection')} ${symptom.count === 1 ? 'was' : 'were'} reset at the first data after ${durationText(idleMs)} of silence${known}`,
      details: {
        attempts: group.conversations,
        longestMs: idleMs,
        ...(ttl === undefined ? {} : { by: 'server', refusalTtl: ttl, hostTtl: group.serverTtl }),
      },
    });
  });
}

/** T8: a connection was forgotten while it was idle. */
export const tcpResetAfterIdle: Detector = {
  id: 'tcp-reset-after-idle',
  severity: 'error',
  doc: {
    title: 'Connections are reset after a silence',
    seen: 'Nothing for at least 30 seconds, then data, and within a second an RST.',
    meaning:
      'A load balancer, firewall or the server dropped the idle connection without telling the client. The first request after the pause fails.',
    causes: [
      'idle limits: AWS NLB 350 s, Azure 240 s, GCP 600 s, IPVS 900 s, Envoy 3600 s, proxies 60–75 s',
      'a server that closes idle connections sooner than the client’s pool does',
      'an endpoint that was replaced meanwhile',
    ],
    misleads: ['The silence is that of the capture: keep-alives that were filtered out would have counted.'],
    next: [
      'set TCP or application keep-alives below the shortest limit on the way',
      'make the client’s connection pool drop idle connections sooner',
    ],
  },
  judge,
  detect,
};
