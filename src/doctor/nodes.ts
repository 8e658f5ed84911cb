import type { NodeFacts } from '../cluster/facts.ts';
import type { Check, CheckResult } from './check.ts';

/** `nodes`: are they ready, and does their network work by their own word? */
export const nodes: Check = {
  id: 'nodes',
  run: async (context) => {
    const { nodes: all, unreadable } = await context.facts();
    if (all === null) {
      const why = unreadable.find(({ what }) => what === 'nodes')?.why ?? '';
      return [{ subject: '', status: 'unknown', seen: `they could not be read: ${why}`, fix: '' }];
    }
    const troubled = all.filter(({ problems, ready }) => !ready || problems.length > 0);
    const summary = `${all.filter(({ ready }) => ready).length} of ${all.length} are ready`;
    return [
      ...(troubled.length < all.length
        ? [{ subject: '', status: 'ok' as const, seen: summary, fix: '' }]
        : []),
      ...troubled.map(judge),
    ];
  },
};

/** Without a network or a kubelet nothing works there; short of memory, disk or processes much still does. */
function judge({ name, ready, problems }: NodeFacts): CheckResult {
  const isCut = !ready || problems.some((problem) => problem.startsWith('NetworkUnavailable'));
  return {
    subject: `node ${name}`,
    status: isCut ? 'failed' : 'warning',
    seen: problems.length === 0 ? 'it is not ready' : problems.join(', '),
    fix: `kubectl describe node ${name}`,
  };
}
