import type { ConversationGroup } from '../conversations/conversation.ts';
import { enforcementText } from './enforcer.ts';
import { count, listed, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, Situation } from './explainer.ts';
import { decisionOf, judgeFlows, type JudgedFlow } from './judged-flows.ts';

/** Groups that are looked through. */
const MAX_GROUPS = 50;

/** Traffic that the policies deny gets through, and nothing in the cluster enforces policies. */
export const policyWithoutEnforcer: Explainer = {
  id: 'policy-without-enforcer',
  judgesPolicies: true,
  doc: {
    title: 'There are NetworkPolicies, and nobody enforces them',
    meaning:
      'A NetworkPolicy is a wish: the API server takes it, and the network plugin has to carry it out. Plain bridge networks, Flannel and some others do not. Whoever reads the policies believes that traffic is kept out which is not.',
    recognition:
      'By evaluation of all policies, traffic of this capture is denied on every way that it can go, it was answered all the same, and no network plugin that enforces policies is recognised.',
    caveats:
      'It is never why something fails, and no fault of this capture: it is printed as a note. A plugin that enforces policies and is not recognised may not have taken up a policy yet.',
    fix: 'Use a network plugin that enforces policies (Calico, Cilium, Antrea, kube-router …; Flannel with Calico’s policy part), or know that these policies have no effect.',
  },
  explain(situation: Situation): Explained {
    if (situation.enforcer.enforces === 'yes') return { causes: [], unknowns: [] };
    const passed = situation.groups
      .filter(({ outcomes }) => outcomes.answered > 0)
      .slice(0, MAX_GROUPS)
      .flatMap((group): Passed[] => {
        const flows = flowsOf(group, situation);
        return flows.length > 0 && decisionOf(flows) === 'deny' ? [{ group, flows }] : [];
      });
    return { causes: passed.length === 0 ? [] : [note(passed, situation)], unknowns: [] };
  },
};

/** Conversations that were answered although the policies deny them. */
interface Passed {
  readonly group: ConversationGroup;
  readonly flows: readonly JudgedFlow[];
}

function flowsOf(group: ConversationGroup, { directory, facts, policies }: Situation): JudgedFlow[] {
  return judgeFlows(group, directory.serviceAt(group.server), facts, directory, policies);
}

function note(passed: readonly Passed[], { enforcer, directory }: Situation): DraftCause {
  const denials = passed.flatMap(({ flows }) =>
    flows.flatMap(({ verdict }) =>
      [verdict.egress, verdict.ingress].filter(({ decision }) => decision === 'deny'),
    ),
  );
  const names = [...new Set(denials.flatMap(({ isolating }) => isolating.map(path)))];
  const policies = names.length === 0 ? 'cluster-wide policies' : `NetworkPolicy ${listed(names)}`;
  return {
    confidence: 'likely',
    findingIndexes: [],
    text: `${policies} would deny traffic that got through: ${enforcer.enforces === 'no' ? 'nobody enforces policies in this cluster' : 'policies do not seem to be enforced here'}`,
    evidence: [
      ...passed
        .slice(0, 5)
        .map(
          ({ group }) =>
            `${count(group.outcomes.answered, 'attempt')} from ${group.client} to ${directory.nameOf(group.serverAddress) || group.serverAddress} (${group.server}, ${group.protocol}) answered`,
        ),
      ...[...new Set(denials.map(({ reason }) => reason))].slice(0, 3),
      enforcementText(enforcer),
    ],
    fix: 'use a network plugin that enforces policies, or do not rely on these: they keep nobody out',
    next: 'kubectl get networkpolicies -A',
  };
}
