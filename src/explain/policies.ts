import type { Directory } from '../cluster/directory.ts';
import type { Facts, PodFacts, PolicyKindFacts, ServiceFacts } from '../cluster/facts.ts';
import { covers, labelSelectorMatches, valueOf } from '../cluster/labels.ts';
import { addressKey } from '../cluster/address.ts';
import type { Finding } from '../detect/finding.ts';
import { listed, path } from './evidence.ts';
import type { JudgedFlow } from './judged-flows.ts';
import type { PolicySuspect } from './explanation.ts';
import { command, firstOf } from './paste.ts';

/** Findings whose symptom is that nothing comes back: what a policy that drops looks like. */
const SILENCE: ReadonlySet<string> = new Set(['tcp-syn-no-answer', 'dns-no-answer']);
/** Kinds of service meshes: their proxies accept and then reset, and act only on pods in the mesh. */
const MESH_GROUPS: ReadonlySet<string> = new Set([
  'networking.istio.io',
  'security.istio.io',
  'policy.linkerd.io',
]);
/** Calico's staged policies are evaluated for logs only. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['StagedGlobalNetworkPolicy']);
/** Names of a kind that were kept; so many mean that there may be more (cluster/other-policies.ts). */
const LIST_IS_FULL = 50;

/** Whether the finding's symptom is silence. */
export function isSilence(finding: Finding): boolean {
  return SILENCE.has(finding.id);
}

/**
 * Whether the ICMP error comes from the dialled address itself: then the packet had been sent on to an
 * endpoint and was rejected there (conntrack puts the Service's address back into the error), as rejecting policies do.
 */
export function isRejectedAtDestination(finding: Finding, address: string): boolean {
  const icmp = finding.details.icmp;
  if (icmp === undefined || addressKey(icmp.sender) !== addressKey(address)) return false;
  return icmp.type === 3
    ? [3, 9, 10, 13].includes(icmp.code)
    : icmp.type === 1 && [1, 4, 5, 6].includes(icmp.code);
}

/** Whether the finding's symptom is one that a policy makes. */
export function isPolicySymptom(finding: Finding, address: string): boolean {
  return isSilence(finding) || isRejectedAtDestination(finding, address);
}

/** What suspects a placed finding has. */
export interface Suspects {
  readonly suspects: readonly PolicySuspect[];
  /** Whether some of them could not be evaluated. */
  readonly unjudgedSuspects: boolean;
}

/**
 * Policies that may be behind a finding; empty if its symptom is none that a policy makes. A policy that was evaluated
 * and allows the traffic is none.
 */
export function suspectsOf(
  index: number,
  finding: Finding,
  address: string,
  service: ServiceFacts | null,
  facts: Facts,
  directory: Directory,
  flows: readonly JudgedFlow[],
): Suspects {
  if (!isPolicySymptom(finding, address)) return { suspects: [], unjudgedSuspects: false };
  const verb = isSilence(finding) ? 'dropping' : 'rejecting';
  const client = directory.podAt(finding.client);
  const servers = serverPods(address, service, directory);
  const sides: Side[] = [
    ...(client === null ? [] : [{ pod: client, role: 'client', direction: 'Egress' } as const]),
    ...servers.map((pod) => ({ pod, role: 'server', direction: 'Ingress' }) as const),
  ];
  const namespaces = [
    ...new Set([...sides.map(({ pod }) => pod.namespace), ...(service === null ? [] : [service.namespace])]),
  ].toSorted();
  const judged = [
    ...selecting(
      sides.filter((side) => !isAllowed(side, flows)),
      facts,
      verb,
    ),
    ...ofTiers(flows, facts, verb),
  ];
  const unjudged = [...notRead(namespaces, facts, verb), ...ofOtherKinds(sides, namespaces, facts, verb)];
  return {
    suspects: [...judged, ...unjudged].map((suspect) => ({ findingIndexes: [index], ...suspect })),
    unjudgedSuspects: unjudged.length > 0 || (facts.adminPolicies === null && flows.length > 0),
  };
}

/** Whether the policies allow everything that goes over one side; false where nothing was evaluated. */
function isAllowed({ pod, role, direction }: Side, flows: readonly JudgedFlow[]): boolean {
  const end = role === 'client' ? 'from' : 'to';
  const own = flows.filter(({ flow }) => {
    const host = flow[end];
    return host.kind === 'pod' && path(host.pod) === path(pod);
  });
  const key = direction === 'Egress' ? 'egress' : 'ingress';
  return own.length > 0 && own.every(({ verdict }) => verdict[key].decision === 'allow');
}

/** Policies of the cluster-wide tiers that deny it, or may. */
function ofTiers(flows: readonly JudgedFlow[], facts: Facts, verb: string): Suspicion[] {
  if (facts.adminPolicies !== null && facts.adminPolicies.length === 0) return [];
  const reasons = flows.flatMap(({ verdict }) =>
    [verdict.egress, verdict.ingress].flatMap(({ decision, reason, isolating }) =>
      decision === 'allow' || isolating.length > 0 ? [] : [reason],
    ),
  );
  return [...new Set(reasons)].map((reason) => ({
    text: `a cluster-wide policy may be ${verb} this: ${reason}`,
    next: 'kubectl api-resources --api-group=policy.networking.k8s.io',
  }));
}

type Suspicion = Omit<PolicySuspect, 'findingIndexes'>;

interface Side {
  readonly pod: PodFacts;
  readonly role: 'client' | 'server';
  readonly direction: 'Egress' | 'Ingress';
}

/** Pods behind the address; those on the host's network are no subjects of policies and not in the directory. */
function serverPods(address: string, service: ServiceFacts | null, directory: Directory): PodFacts[] {
  const direct = directory.podAt(address);
  const behind =
    service === null ? [] : directory.endpointsOf(service).flatMap(({ pod }) => (pod === null ? [] : [pod]));
  return [
    ...new Map([...(direct === null ? [] : [direct]), ...behind].map((pod) => [path(pod), pod])).values(),
  ];
}

function selecting(sides: readonly Side[], facts: Facts, verb: string): Suspicion[] {
  const found = new Map<string, Suspicion>();
  for (const policy of facts.networkPolicies ?? []) {
    for (const { pod, role, direction } of sides) {
      if (found.has(path(policy)) || pod.namespace !== policy.namespace) continue;
      if (!policy.policyTypes.includes(direction) || !labelSelectorMatches(policy.podSelector, pod.labels))
        continue;
      found.set(path(policy), {
        text: `a NetworkPolicy may be ${verb} this: ${path(policy)} selects the ${role} pod ${path(pod)} (${direction})`,
        next: firstOf(
          command(
            [policy.name, policy.namespace],
            `kubectl describe networkpolicy ${policy.name} -n ${policy.namespace}`,
          ),
          'kubectl get networkpolicies -A',
        ),
      });
    }
  }
  return [...found.values()];
}

function notRead(namespaces: readonly string[], facts: Facts, verb: string): Suspicion[] {
  const missing = namespaces.filter((namespace) => !covers(facts, 'networkPolicies', namespace));
  const everything = facts.networkPolicies === null;
  if (!everything && missing.length === 0) return [];
  const where = everything
    ? ''
    : ` of ${missing.length === 1 ? 'namespace' : 'namespaces'} ${listed(missing)}`;
  return [
    {
      text: `a NetworkPolicy may be ${verb} this: the NetworkPolicies${where} could not be read`,
      next: 'kubectl auth can-i list networkpolicies.networking.k8s.io -A',
    },
  ];
}

function ofOtherKinds(
  sides: readonly Side[],
  namespaces: readonly string[],
  facts: Facts,
  verb: string,
): Suspicion[] {
  if (facts.otherPolicyKinds === null)
    return [
      {
        text: `a policy of another kind may be ${verb} this: which kinds the cluster has could not be read`,
        next: 'kubectl api-resources',
      },
    ];
  const meshed = sides.some(
    ({ pod }) => pod.sidecars.length > 0 || valueOf(pod.labels, 'istio.io/dataplane-mode') === 'ambient',
  );
  return facts.otherPolicyKinds
    .filter((kind) => !WITHOUT_EFFECT.has(kind.kind) && (meshed || !MESH_GROUPS.has(kind.group)))
    .flatMap((kind) => suspicionOf(kind, namespaces, verb));
}

/** A namespaced policy acts on its own namespace only; one without namespace on all. */
function suspicionOf(kind: PolicyKindFacts, namespaces: readonly string[], verb: string): Suspicion[] {
  const next =
    /^[A-Za-z]+$/.test(kind.kind) && /^[a-z0-9.-]+$/.test(kind.group)
      ? `kubectl get ${kind.kind.toLowerCase()}.${kind.group} -A`
      : 'kubectl api-resources';
  if (kind.objects === null)
    return [
      {
        text: `a policy of another kind may be ${verb} this: the ${kind.kind} objects (${kind.group}) could not be listed`,
        next,
      },
    ];
  const touching = kind.objects.filter(
    (name) => !name.includes('/') || namespaces.includes(name.slice(0, name.indexOf('/'))),
  );
  if (touching.length > 0)
    return [
      {
        text: `a policy of another kind may be ${verb} this: ${kind.kind} ${listed(touching)} exists and is not evaluated`,
        next,
      },
    ];
  if (kind.objects.length < LIST_IS_FULL) return [];
  return [
    {
      text: `a policy of another kind may be ${verb} this: there are more ${kind.kind} objects (${kind.group}) than were listed`,
      next,
    },
  ];
}
