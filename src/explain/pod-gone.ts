import { addressKey } from '../cluster/address.ts';
import type { GonePodFacts } from '../cluster/gone-pod-facts.ts';
import { selectorMatches } from '../cluster/labels.ts';
import { count, listed, packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import { command, firstOf } from './paste.ts';
import { isForeignReset } from './server-pods.ts';
import { readAt } from './unserved.ts';

/** What clients see of a pod that goes: first its connections break off, then nobody has its address. */
const SYMPTOMS: ReadonlySet<string> = new Set([
  'arp-no-answer',
  'http-no-response',
  'tcp-dead-peer',
  'tcp-refused',
  'tcp-rejected-by-icmp',
  'tcp-reset-midstream',
  'tcp-stalled',
  'tcp-syn-no-answer',
  'udp-no-answer',
]);
/** Of these some break off when one of several pods goes; the others mean that nobody is left, or another fault. */
const BREAKS_OFF: ReadonlySet<string> = new Set([
  'http-no-response',
  'tcp-dead-peer',
  'tcp-reset-midstream',
  'tcp-stalled',
]);

const WORDS = {
  deleted: 'was deleted',
  replaced: 'was deleted and another one has its name',
  ended: 'ended',
} as const;

/** The server's pod went away while the capture ran. */
export const podGone: Explainer = {
  id: 'pod-gone',
  doc: {
    title: 'The server’s pod went away during the capture',
    meaning:
      'A pod was deleted, replaced (a rollout, an eviction, a node that is drained) or ended while clients used it. Its open connections break off or fall silent, and its address belongs to nobody: who kept it (a connection pool, a cached name, a headless Service) dials in vain until the name is looked up again.',
    recognition:
      'The pod was there when the capture began and is not when it ends, and it had the dialled address; it is certain if that address answered earlier in the same capture. Behind a Service whose selector matched it, connections that break off are likely its own.',
    caveats:
      'Of a trace only the pods of the traced pods’ namespaces are noted at the beginning, the first 500 of each; of a check all that it may read. In other namespaces an address that nobody has any more is stale-endpoint.',
    fix: 'Let the server end in good order: stop taking connections on SIGTERM, with a preStop pause until all nodes have dropped the endpoint, and let clients try again. Let clients look the name up again instead of keeping addresses.',
  },
  explain(situation: Situation): Explained {
    const causes = (situation.facts.gonePods ?? []).length === 0 ? [] : explained(situation);
    return { causes, unknowns: [] };
  },
};

function explained(situation: Situation): DraftCause[] {
  return situation.findings
    .filter((placed) => SYMPTOMS.has(placed.finding.id) && !isForeignReset(placed))
    .flatMap((placed) => [...directly(placed, situation), ...throughService(placed, situation)]);
}

function directly(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const own = addressKey(placed.address);
  const gone = situation.facts.gonePods?.find(({ addresses }) =>
    addresses.some((address) => own !== '' && addressKey(address) === own),
  );
  if (gone === undefined || situation.directory.podAt(placed.address) !== null) return [];
  const answered = answeredAt(placed, situation);
  const evidence = [
    packets(placed),
    answered > 0
      ? `${placed.address} answered ${count(answered, 'connection')} earlier in the same capture`
      : `${placed.address} answered nothing in this capture`,
  ];
  return [draft(placed, gone, answered > 0 ? 'certain' : 'likely', evidence, situation)];
}

function answeredAt({ address }: PlacedFinding, { groups }: Situation): number {
  return Math.max(
    0,
    ...groups.map(({ serverAddress, outcomes }) => (serverAddress === address ? outcomes.answered : 0)),
  );
}

function throughService(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const { service, finding } = placed;
  if (service === null || service.selector === null || !BREAKS_OFF.has(finding.id)) return [];
  const { selector, namespace } = service;
  const gone = (situation.facts.gonePods ?? []).filter(
    (pod) => pod.namespace === namespace && selectorMatches(selector, pod.labels),
  );
  const [first] = gone;
  if (first === undefined) return [];
  const evidence = [
    packets(placed),
    `Service ${path(service)} selects ${listed(gone.map((pod) => `pod ${path(pod)}, which ${WORDS[pod.how]} meanwhile`))}`,
  ];
  return [draft(placed, first, 'likely', evidence, situation)];
}

function draft(
  placed: PlacedFinding,
  gone: GonePodFacts,
  confidence: 'certain' | 'likely',
  evidence: readonly string[],
  situation: Situation,
): DraftCause {
  const [kind = '', name = ''] = gone.owner.split('/', 2);
  return {
    confidence,
    // Nobody has the address: no policy decides about it.
    ...(confidence === 'certain' ? { isRead: true } : {}),
    findingIndexes: [placed.index],
    text: `Pod ${path(gone)} ${WORDS[gone.how]} during the capture`,
    evidence: [
      ...evidence,
      `pod ${path(gone)} had ${listed(gone.addresses)}${gone.node === '' ? '' : ` on node ${gone.node}`} when the capture began${gone.owner === '' ? '; it had no controller' : `, and was owned by ${gone.owner}`}`,
      readAt(situation),
    ],
    fix: `let clients look the name up again and dial the Service instead of a pod’s address; let the server end in good order: a preStop pause of some seconds, and finish what is open on SIGTERM`,
    next: firstOf(
      gone.owner === ''
        ? ''
        : command(
            [kind.toLowerCase(), name, gone.namespace],
            `kubectl describe ${kind.toLowerCase()} ${name} -n ${gone.namespace}`,
          ),
      command([gone.namespace], `kubectl get events -n ${gone.namespace} --sort-by=.lastTimestamp`),
      'kubectl netdebug explain pod-gone',
    ),
  };
}
