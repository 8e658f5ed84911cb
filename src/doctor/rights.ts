import { findMissing } from '../access/check-rights.ts';
import { type Need, needs } from '../access/needs.ts';
import { rightText } from '../access/right.ts';
import { debugNamespace } from '../capture/node-pod.ts';
import type { Check, CheckResult, DoctorContext } from './check.ts';

/** What a user may lack and still trace. */
const further: readonly string[] = ['targets', 'node', 'causes'];

/** `rights`: may this user trace, and what else? */
export const rights: Check = {
  id: 'rights',
  run: async (context) => {
    const each = context.namespaces.map(async (namespace) => await inNamespace(context, namespace));
    return (await Promise.all(each)).flat();
  },
};

async function inNamespace(context: DoctorContext, namespace: string): Promise<CheckResult[]> {
  const subject = `namespace ${namespace}`;
  const trace = needs.filter(({ word }) => word === 'trace');
  const lacking = (await Promise.all(trace.map((need) => missingOf(context, namespace, need)))).flat();
  if (lacking.length > 0)
    return [
      {
        subject,
        status: 'failed',
        seen: `you may not trace: you lack ${lacking.join(', ')}`,
        fix: `Ask an administrator for: kubectl netdebug rbac trace -n ${namespace} --for-user YOU | kubectl apply -f -`,
      },
    ];
  const rest = await Promise.all(
    needs
      .filter(({ word }) => further.includes(word))
      .map(async (need) => ({ need, missing: await missingOf(context, namespace, need) })),
  );
  const limits = rest.filter(({ missing }) => missing.length > 0);
  if (limits.length === 0)
    return [{ subject, status: 'ok', seen: 'you may trace pods, workloads and nodes', fix: '' }];
  const words = limits.map(({ need }) => need.word).join(' ');
  return [
    {
      subject,
      status: 'warning',
      seen: `you may trace pods; you lack rights for ${limits.map(({ need, missing }) => `${need.word} (${shortened(missing)})`).join('; ')}`,
      fix: `What they are for: kubectl netdebug rbac ${words} -o table; the roles: kubectl netdebug rbac ${words} -n ${namespace}`,
    },
  ];
}

/** What a user lacks for a need, in the namespaces where it is needed. */
async function missingOf(context: DoctorContext, namespace: string, need: Need): Promise<string[]> {
  const place = { namespace, 'debug-namespace': context.debugNamespace ?? debugNamespace, cluster: '' };
  const lists = need.parts.map(async ({ scope, rights: wanted }) =>
    (await findMissing(context.api, place[scope], '', wanted)).map(rightText),
  );
  return [...new Set((await Promise.all(lists)).flat())];
}

function shortened(texts: readonly string[]): string {
  return texts.length <= 3
    ? texts.join(', ')
    : `${texts.slice(0, 3).join(', ')} and ${texts.length - 3} more`;
}
