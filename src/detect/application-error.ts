import type { ApplicationEvent, EventFields } from '../applications/events.ts';
import type { Group } from '../conversations/groups.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { countedValues } from './http-requests.ts';
import { isKafkaFault, kafkaCodeText } from './kafka-codes.ts';

/** Classes of SQLSTATE (ISO/IEC 9075, PostgreSQL's Appendix A) that say more than that a statement is wrong. */
const SERVER_STATES: Readonly<Record<string, string>> = {
  '08': 'connection exception',
  '28': 'access denied',
  '3D': 'unknown database',
  '53': 'insufficient resources',
  '57': 'operator intervention',
};
/** MySQL's codes that say so, whatever their state. */
const MYSQL_CODES: Readonly<Record<string, string>> = {
  1040: 'too many connections',
  1044: 'access to the database denied',
  1049: 'unknown database',
  1129: 'client host blocked',
  1130: 'client host not allowed',
  1203: 'too many connections of the user',
  1290: 'server is read-only',
};
/** Errors of Redis that say so. */
const REDIS_CODES: ReadonlySet<string> = new Set([
  'CLUSTERDOWN',
  'DENIED Redis is running in protected mode',
  'ERR max number of clients reached',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'NOAUTH',
  'NOPERM',
  'NOREPLICAS',
  'OOM',
  'READONLY',
  'WRONGPASS',
]);

/** What a code means, if the server or the access to it is at fault. */
function meaningOf({ protocol, code, state }: EventFields): string | undefined {
  if (protocol === 'Kafka') return isKafkaFault(Number(code)) ? kafkaCodeText(Number(code)) : undefined;
  if (protocol === 'Redis') return REDIS_CODES.has(String(code)) ? '' : undefined;
  const byCode = protocol === 'MySQL' ? MYSQL_CODES[String(code)] : undefined;
  return byCode ?? SERVER_STATES[String(state).slice(0, 2)];
}

function codeText(fields: EventFields): string {
  const isKafka = fields['protocol'] === 'Kafka';
  const meaning = isKafka ? kafkaCodeText(Number(fields['code'])) : (meaningOf(fields) ?? '');
  const state = fields['state'] === '' || fields['state'] === fields['code'] ? '' : ` (${fields['state']})`;
  return `${fields['code']}${state}${meaning === '' ? '' : ` ${meaning}`}`;
}

/*
 * Seen: error packets of MySQL, PostgreSQL, Redis or Kafka.
 * Means: the server was reached and says no.
 * False positives: errors in statements, keys that exist, redirections and rebalancing within a cluster are everyday (info).
 */
function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) => {
    const errors = group.events
      .ofKind('application-error')
      .filter(({ fields }) => fields['protocol'] !== undefined);
    const kinds = Map.groupBy(errors, ({ fields }) => String(fields['protocol']));
    return [...kinds].map(([protocol, events]) => describe(observations, group, protocol, events));
  });
}

function describe(
  observations: Observations,
  group: Group,
  protocol: string,
  events: readonly ApplicationEvent[],
): Finding {
  const evidence = joinEvidence(events);
  return finding(observations, 'application-error', evidence, {
    severity: events.some(({ fields }) => meaningOf(fields) !== undefined) ? 'warning' : 'info',
    confidence: 'high',
    client: group.client,
    server: serverOf(group),
    protocol: 'TCP',
    text: `the ${protocol} server answered with ${plural(evidence.count, 'error')}: ${countedValues(events, codeText)}`,
    details: { attempts: group.answered },
  });
}

/** Error packets of databases and of Kafka. */
export const applicationError: Detector = {
  id: 'application-error',
  severity: 'warning',
  doc: {
    title: 'A database or Kafka answers with errors',
    seen: 'Error packets of MySQL, PostgreSQL or Redis, or error codes in the responses of Kafka, in clear.',
    meaning: 'The network works: the server was reached and refused. Its code says why.',
    causes: [
      'access denied (28…, 1045, NOAUTH, WRONGPASS): a password in a Secret does not fit, or the address of the pod is not admitted',
      'too many connections (1040, 53300): the pools of all replicas together are larger than the server permits',
      'operator intervention (57…), LOADING, READONLY: the server is starting, stopping, or has become a replica',
      'Kafka: 29–31 and 58 are access denied, 19 and 20 too few replicas in sync, 7 and 8 a broker that is overloaded or gone',
      'unknown database (3D000, 1049): a wrong name in the configuration',
    ],
    misleads: [
      'Errors in statements, violated constraints and redirections within a cluster (MOVED, ASK; Kafka’s change of leaders and members) are everyday; alone they are an info.',
      'Inside TLS nothing can be seen.',
    ],
    next: ['kubectl logs -n NAMESPACE POD --since=10m', 'kubectl get secret -n NAMESPACE SECRET -o yaml'],
  },
  detect,
};
