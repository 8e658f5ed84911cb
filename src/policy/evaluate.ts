import { adminTier } from './admin-tier.ts';
import type { Decision, Direction, DirectionVerdict, Flow, FlowVerdict, Host } from './flow.ts';
import { networkPolicyTier } from './network-policy-tier.ts';
import { NEXT, type Outcome } from './outcome.ts';
import type { PolicyIndex } from './policy-index.ts';
import { depends, unknown, type Doubt } from './truth.ts';

/**
 * Judges one flow: Admin tier, then NetworkPolicy, then Baseline tier, for the client's egress and the server's
 * ingress; both must allow. A pod on its node's network is no subject of policies, nor is what comes from a pod's own node.
 */
export function evaluateFlow(index: PolicyIndex, flow: Flow): FlowVerdict {
  const egress = evaluateDirection(index, flow, 'egress');
  const ingress = evaluateDirection(index, flow, 'ingress');
  return { egress, ingress, decision: worst([egress.decision, ingress.decision]) };
}

/** Decisions from the one that settles a flow down to the one that needs all to agree. */
const WEIGHT: readonly Decision[] = ['deny', 'unknown', 'depends', 'allow'];

/** The decision of several that all must allow. */
export function worst(decisions: readonly Decision[]): Decision {
  return WEIGHT.find((decision) => decisions.includes(decision)) ?? 'allow';
}

function evaluateDirection(index: PolicyIndex, flow: Flow, direction: Direction): DirectionVerdict {
  const [subject, other] = direction === 'ingress' ? [flow.to, flow.from] : [flow.from, flow.to];
  if (subject.kind === 'unplaced') return doubtful(unknown(`which pod has ${subject.address} is not known`));
  if (subject.kind !== 'pod') return allow('no policy selects a node or a host outside the cluster');
  const { pod } = subject;
  const ownNode = other.kind === 'node' && other.node !== '' && other.node === pod.node;
  if (ownNode && direction === 'ingress') return allow('traffic from a pod’s own node is always allowed');
  const verdict = judge(
    joinTiers([
      () => adminTier(index, 'Admin', pod, flow, direction),
      () => networkPolicyTier(index, pod, flow, direction),
      () => adminTier(index, 'Baseline', pod, flow, direction),
    ]),
  );
  // What policies allow passes whether they act on it or not.
  if (isSame(subject, other) && verdict.decision !== 'allow')
    return doubtful(depends('whether policies act on a pod’s traffic to itself is left to the CNI'));
  return ownNode && verdict.isolating.length > 0
    ? doubtful(depends('whether egress to a pod’s own node is restricted is left to the CNI'))
    : verdict;
}

function isSame(subject: Host, other: Host): boolean {
  return (
    subject.kind === 'pod' &&
    other.kind === 'pod' &&
    subject.pod.namespace === other.pod.namespace &&
    subject.pod.name === other.pod.name
  );
}

interface Joined {
  /** Everything that may finally happen. */
  readonly outcomes: readonly Outcome[];
  /** Doubts about whether a tier hands on. */
  readonly passing: readonly Doubt[];
}

/** A later tier is asked only if an earlier one may hand on. */
function joinTiers(tiers: readonly (() => Outcome[])[]): Joined {
  const final: Outcome[] = [];
  const passing: Doubt[] = [];
  for (const tier of tiers) {
    const outcomes = tier();
    final.push(...outcomes.filter(({ effect }) => effect !== 'next'));
    const onward = outcomes.filter(({ effect }) => effect === 'next');
    if (onward.length === 0) return { outcomes: final, passing };
    passing.push(...onward.flatMap(({ doubt }) => doubt ?? []));
  }
  const byDefault: Outcome = { ...NEXT, effect: 'allow', reason: 'no policy isolates the pod' };
  return { outcomes: [...final, byDefault], passing };
}

function judge({ outcomes, passing }: Joined): DirectionVerdict {
  const last = outcomes.at(-1) ?? NEXT;
  if (outcomes.every(({ effect }) => effect === last.effect)) {
    const { effect, reason, by, isolating } = outcomes.find(({ doubt }) => doubt === null) ?? last;
    return { decision: effect === 'deny' ? 'deny' : 'allow', reason, by, isolating };
  }
  const doubts = [...outcomes.flatMap(({ doubt }) => doubt ?? []), ...passing];
  return doubtful(
    doubts.find(({ decision }) => decision === 'unknown') ??
      doubts[0] ??
      depends('policies of one tier decide differently'),
  );
}

function allow(reason: string): DirectionVerdict {
  return { decision: 'allow', reason, by: null, isolating: [] };
}

function doubtful({ decision, reason }: Doubt): DirectionVerdict {
  return { decision, reason, by: null, isolating: [] };
}
