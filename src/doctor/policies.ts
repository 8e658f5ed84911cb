import { enforcementText, enforcerOf } from '../explain/enforcer.ts';
import type { Check } from './check.ts';

/** `policies`: are there network policies, and does anybody enforce them? */
export const policies: Check = {
  id: 'policies',
  run: async (context) => {
    const facts = await context.facts();
    const { networkPolicies, adminPolicies, otherPolicyKinds } = facts;
    if (networkPolicies === null)
      return [{ subject: '', status: 'unknown', seen: 'NetworkPolicies could not be read', fix: '' }];
    const others = (otherPolicyKinds ?? []).filter(({ objects }) => objects === null || objects.length > 0);
    const count = networkPolicies.length + (adminPolicies?.length ?? 0);
    const further =
      others.length === 0
        ? ''
        : `; beside them ${others.map(({ kind, group }) => `${kind} (${group})`).join(', ')}, which are not judged`;
    const enforcer = enforcerOf(facts);
    const isIdle = count > 0 && enforcer.enforces === 'no';
    return [
      {
        subject: '',
        status: isIdle ? 'warning' : 'ok',
        seen: `${numberText(count)}${further}; ${enforcementText(enforcer)}`,
        fix: isIdle
          ? 'What they forbid is not forbidden. Install a network plugin that enforces policies, or do not count on them.'
          : '',
      },
    ];
  },
};

function numberText(count: number): string {
  if (count === 0) return 'there are none';
  return count === 1 ? 'there is one' : `there are ${count}`;
}
