import { findMissing } from '../access/check-rights.ts';
import { dnsNamespace, type Need, needs } from '../access/needs.ts';
import { rightText } from '../access/right.ts';
import { debugNamespace } from '../capture/node-pod.ts';
import type { Check, CheckResult, DoctorContext } from './check.ts';

/** What a user may lack and still trace. */
const further: readonly string[] = ['targets', 'node', 'causes'];

/** Answers that were had already: what is asked of the whole cluster is the same for every namespace. */
type Asked = Map<string, Promise<string[]>>;

/** `rights`: may this user trace, and what else? */
export const rights: Check = {
  id: 'rights',
  run: async (context) => {
    const asked: Asked = new Map();
    const results: CheckResult[] = [];
    // One namespace after the other: each takes some twenty questions.
    for (const namespace of context.namespaces) {
      const found = await inNamespace(context, namespace, asked);
      results.push({ subject: `namespace ${namespace}`, ...found });
    }
    return results;
  },
};

async function inNamespace(
  context: DoctorContext,
  namespace: string,
  asked: Asked,
): Promise<Omit<CheckResult, 'subject'>> {
  const missing = async (word: string): Promise<string[]> =>
    (
      await Promise.all(
        needs
          .filter((need) => need.word === word)
          .flatMap(({ parts }) => parts)
          .map(async (part) => await missingOf(context, namespace, part, asked)),
      )
    ).flat();
  const lacking = await missing('trace');
  if (lacking.length > 0)
    return {
      status: 'failed',
      seen: `you may not trace: you lack ${lacking.join(', ')}`,
      fix: `Ask an administrator for: kubectl netdebug rbac trace -n ${namespace} --for-user YOU | kubectl apply -f -`,
    };
  const rest = await Promise.all(further.map(async (word) => ({ word, missing: await missing(word) })));
  const limits = rest.filter((limit) => limit.missing.length > 0);
  if (limits.length === 0) return { status: 'ok', seen: 'you may trace pods, workloads and nodes', fix: '' };
  const words = limits.map(({ word }) => word).join(' ');
  const each = limits.map((limit) => `${limit.word} (${shortened(limit.missing)})`);
  return {
    status: 'warning',
    seen: `you may trace pods; you lack rights for ${each.join('; ')}`,
    fix: `What they are for: kubectl netdebug rbac ${words} -o table; the roles: kubectl netdebug rbac ${words} -n ${namespace}`,
  };
}

/** What a user lacks for a part of a need. Who has it in the whole cluster is not asked about each namespace. */
async function missingOf(
  context: DoctorContext,
  namespace: string,
  { scope, rights: wanted }: Need['parts'][number],
  asked: Asked,
): Promise<string[]> {
  const ask = async (where: string): Promise<string[]> => {
    const key = JSON.stringify([where, wanted]);
    const known = asked.get(key);
    if (known !== undefined) return await known;
    const answer = findMissing(context.api, where, '', wanted).then((list) => list.map(rightText));
    asked.set(key, answer);
    return await answer;
  };
  if (scope === 'cluster') return await ask('');
  if (scope === 'dns-namespace') return await ask(dnsNamespace);
  const place = scope === 'namespace' ? namespace : (context.debugNamespace ?? debugNamespace);
  const isWorthwhile = scope === 'namespace' && context.namespaces.length > 1;
  if (isWorthwhile && (await ask('')).length === 0) return [];
  return await ask(place);
}

function shortened(texts: readonly string[]): string {
  const distinct = [...new Set(texts)];
  return distinct.length <= 3
    ? distinct.join(', ')
    : `${distinct.slice(0, 3).join(', ')} and ${distinct.length - 3} more`;
}
