import { addressKey, cidrContains } from '../cluster/address.ts';
import type { Facts, NetworkPolicyFacts } from '../cluster/facts.ts';
import type { Direction, DirectionVerdict, Host } from '../policy/flow.ts';
import { nearestMiss } from '../policy/nearest-miss.ts';
import { admittingPolicies } from './admitting-policy.ts';
import { enforcementText } from './enforcer.ts';
import { count, listed, packets, path } from './evidence.ts';
import type { DraftCause, Explained, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence, Unknown } from './explanation.ts';
import { decisionOf, judgeFlows, type JudgedFlow } from './judged-flows.ts';
import { command, firstOf } from './paste.ts';
import { isRejectedAtDestination, isSilence } from './policies.ts';

/** Groups that are looked through for denied traffic that was answered all the same. */
const MAX_GROUPS = 50;
const CONFIDENCES: readonly CauseConfidence[] = ['possible', 'likely', 'certain'];
/** Labels by which deployment tools mark what they own. */
const OWNER_LABELS: readonly string[] = [
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/part-of',
  'argocd.argoproj.io/instance',
  'kustomize.toolkit.fluxcd.io/name',
  'helm.toolkit.fluxcd.io/name',
  'helm.sh/chart',
];

/** Findings whose traffic the policies deny, or may deny; those of names and the others have a cause of their own. */
export function explainDenied(situation: Situation, ofDns: boolean): Explained {
  const findings = situation.findings.filter(
    (placed) => placed.flows.length > 0 && isDns(placed, situation) === ofDns,
  );
  const denied = findings.filter(({ flows }) => flows.some(({ verdict }) => verdict.decision === 'deny'));
  const contradiction = denied.length === 0 ? '' : answeredAnyway(situation);
  // Nothing that enforces policies was found, and denied traffic got through: nothing enforces them.
  const shown = contradiction !== '' && situation.enforcer.enforces === 'no' ? [] : denied;
  const byRule = Map.groupBy(shown, (placed) => keyOf(deniedFlow(placed)));
  return {
    causes: [...byRule.values()].flatMap((list) => cause(list, contradiction, ofDns, situation)),
    unknowns: findings.flatMap(unjudged),
  };
}

function isDns({ finding, service, port }: PlacedFinding, { directory }: Situation): boolean {
  return (
    finding.id.startsWith('dns-') || (port === 53 && service !== null && directory.isClusterDns(service))
  );
}

function deniedFlow({ flows }: PlacedFinding): JudgedFlow | undefined {
  return flows.find(({ verdict }) => verdict.decision === 'deny');
}

/** One story for all findings that the same policies deny to the same pods. */
function keyOf(judged: JudgedFlow | undefined): string {
  return judged === undefined
    ? ''
    : JSON.stringify([
        ...directionsOf(judged).map(([direction, { by, isolating }]) => [direction, by, isolating]),
        hostText(judged.flow.from),
      ]);
}

function directionsOf({ verdict }: JudgedFlow): [Direction, DirectionVerdict][] {
  const both: [Direction, DirectionVerdict][] = [
    ['egress', verdict.egress],
    ['ingress', verdict.ingress],
  ];
  return both.filter(([, { decision }]) => decision === 'deny');
}

function cause(
  findings: readonly PlacedFinding[],
  contradiction: string,
  ofDns: boolean,
  situation: Situation,
): DraftCause[] {
  const judged = findings[0] === undefined ? undefined : deniedFlow(findings[0]);
  if (judged === undefined) return [];
  const { flow } = judged;
  const directions = directionsOf(judged);
  const policies = directions.flatMap(([, verdict]) => policiesOf(verdict, situation.facts));
  const first = policies[0];
  return [
    {
      confidence: confidenceOf(findings, contradiction, situation),
      findingIndexes: findings.map(({ index }) => index),
      text: `${capital(directions.map(([, { reason }]) => reason).join('; '))}: ${ofDns ? 'DNS' : flow.protocol} from ${hostText(flow.from)} to ${hostText(flow.to)}, port ${flow.port}/${flow.protocol}${situation.enforcer.enforces === 'yes' ? '' : ', if the network plugin enforces policies'}`,
      evidence: [
        ...findings.map(packets),
        ...findings.map(flowsEvidence),
        ...directions
          .map(([direction]) => nearestMiss(situation.policies, flow, direction))
          .filter((text) => text !== ''),
        ...policies.flatMap((policy) => directions.flatMap(([direction]) => defaultDeny(policy, direction))),
        ...policies.flatMap(ownerEvidence),
        enforcementText(situation.enforcer),
        ...(findings.every(isRejected)
          ? [
              'the rejections carry the dialled address: something at the destination sends them, as rejecting policies do',
            ]
          : []),
        ...(contradiction === '' ? [] : [contradiction]),
        ...(findings.some(({ unjudgedSuspects }) => unjudgedSuspects)
          ? ['not above possible: there are policies that could not be evaluated']
          : []),
      ],
      fix: fixOf(judged, directions, policies, ofDns, situation),
      next:
        first === undefined
          ? 'kubectl api-resources --api-group=policy.networking.k8s.io'
          : firstOf(
              command(
                [first.name, first.namespace],
                `kubectl describe networkpolicy ${first.name} -n ${first.namespace}`,
              ),
              'kubectl get networkpolicies -A',
            ),
    },
  ];
}

function policiesOf({ isolating }: DirectionVerdict, { networkPolicies }: Facts): NetworkPolicyFacts[] {
  return isolating.flatMap(
    (one) =>
      networkPolicies?.find(({ namespace, name }) => namespace === one.namespace && name === one.name) ?? [],
  );
}

function confidenceOf(
  findings: readonly PlacedFinding[],
  contradiction: string,
  { enforcer }: Situation,
): CauseConfidence {
  const isShown = findings.every((placed) => isRejected(placed) || isOneOfRejected(placed, findings));
  if (contradiction !== '' || (enforcer.enforces === 'no' && !isShown)) return 'possible';
  const each = findings.map((placed) => confidenceIn(placed, enforcer.denies));
  const weakest = each.toSorted((a, b) => CONFIDENCES.indexOf(a) - CONFIDENCES.indexOf(b))[0] ?? 'possible';
  return weakest === 'certain' && enforcer.enforces === 'maybe' ? 'likely' : weakest;
}

/** Something at the destination rejects, as kube-router does: policies are enforced, whoever does it. */
function isRejected({ finding, address }: PlacedFinding): boolean {
  return isRejectedAtDestination(finding, address);
}

/**
 * Silence beside rejections of the same client by the same policies: ICMP errors are sent to each host at a limited rate
 * (net.ipv4.icmp_ratelimit), whichever way it asked for.
 */
function isOneOfRejected({ finding }: PlacedFinding, findings: readonly PlacedFinding[]): boolean {
  return (
    isSilence(finding) &&
    findings.some((other) => isRejected(other) && other.finding.client === finding.client)
  );
}

function confidenceIn(placed: PlacedFinding, denies: 'drop' | 'reject' | null): CauseConfidence {
  const { flows, group, unjudgedSuspects, finding, address } = placed;
  if (unjudgedSuspects) return 'possible';
  const outcomes = group?.outcomes;
  const reached =
    outcomes === undefined ? 0 : outcomes.answered + outcomes.refused + outcomes.answeredByOther;
  if (decisionOf(flows) === 'mixed') return reached > 0 ? 'likely' : 'possible';
  if (reached > 0) return 'possible';
  const fits = denies === (isSilence(finding) ? 'drop' : 'reject');
  // The node-local DNS cache: some network plugins let a pod reach its own node whatever the policies say.
  const onOwnNode = cidrContains('169.254.0.0/16', address);
  return fits && outcomes !== undefined && !onOwnNode ? 'certain' : 'likely';
}

/** Denied traffic that was answered: then policies are not enforced here, or not these. */
function answeredAnyway(situation: Situation): string {
  const { groups, directory, policies } = situation;
  for (const group of groups.slice(0, MAX_GROUPS)) {
    if (group.outcomes.answered === 0) continue;
    const flows = judgeFlows(group, directory.serviceAt(group.server), situation.facts, directory, policies);
    if (flows.length > 0 && decisionOf(flows) === 'deny')
      return `against it: ${count(group.outcomes.answered, 'attempt')} from ${group.client} to ${group.server} (${group.protocol}) got an answer although the policies deny that as well`;
  }
  return '';
}

function flowsEvidence(placed: PlacedFinding): string {
  const denied = placed.flows.filter(({ verdict }) => verdict.decision === 'deny');
  const targets = denied.map(({ flow }) => `${hostText(flow.to)}:${flow.port}`);
  return `the policies deny ${denied.length} of the ${count(placed.flows.length, 'way')} that ${placed.finding.server} can lead to: ${listed(targets)}`;
}

function ownerEvidence({ labels, ...policy }: NetworkPolicyFacts): string[] {
  const own = Object.entries(labels).filter(([key]) => OWNER_LABELS.includes(key));
  return own.length === 0
    ? []
    : [
        `NetworkPolicy ${path(policy)} is managed by a tool, as its labels say: ${own.map(([key, value]) => `${key}=${value}`).join(', ')}; change it there`,
      ];
}

/** The pattern by which a namespace closes itself: every pod is selected, and nothing admitted. */
function defaultDeny(policy: NetworkPolicyFacts, direction: Direction): string[] {
  const { matchLabels, matchExpressions } = policy.podSelector;
  const selectsAll = Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
  return selectsAll && policy[direction].length === 0
    ? [
        `NetworkPolicy ${path(policy)} is a default deny: it selects every pod of its namespace and admits no ${direction}`,
      ]
    : [];
}

function fixOf(
  judged: JudgedFlow,
  directions: readonly (readonly [Direction, DirectionVerdict])[],
  policies: readonly NetworkPolicyFacts[],
  ofDns: boolean,
  situation: Situation,
): string {
  const ruled = directions.find(([, { by }]) => by !== null)?.[1].by;
  if (ruled !== undefined && ruled !== null)
    return `change rule ${ruled.rule + 1} of ${ruled.kind} ${ruled.name}, or put a rule that accepts this traffic before it; that policy stands above what a namespace may decide, so ask who owns it`;
  const yaml = admittingPolicies(
    situation.facts,
    situation.policies,
    judged.flow,
    directions.map(([direction]) => direction),
    ofDns ? ['UDP', 'TCP'] : [judged.flow.protocol],
  );
  const names = listed(policies.map(path));
  return yaml === ''
    ? `add a rule that admits this traffic to one of the policies that isolate the pod: ${names}`
    : `admit it with a rule in ${names}, or with this policy beside it, which by evaluation admits the traffic and takes nothing away:\n${yaml}`;
}

function unjudged({ flows, finding, suspects }: PlacedFinding): Unknown[] {
  const decision = decisionOf(flows);
  if (suspects.length === 0 || (decision !== 'depends' && decision !== 'unknown')) return [];
  const verdict = flows
    .flatMap((one) => [one.verdict.egress, one.verdict.ingress])
    .find((one) => one.decision === 'depends' || one.decision === 'unknown');
  return [
    {
      what: `whether policies allow ${finding.protocol} from ${finding.client} to ${finding.server}`,
      why: verdict?.reason ?? '',
      next: 'kubectl get networkpolicies -A',
    },
  ];
}

function hostText(host: Host): string {
  switch (host.kind) {
    case 'pod':
      return `pod ${path(host.pod)}`;
    case 'node':
      return host.node === '' ? host.address : `node ${host.node}`;
    default:
      return addressKey(host.address) === '' ? 'an unknown address' : host.address;
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
