import { ApiError } from '../kube/kube-api.ts';
import type { Check, CheckResult, DoctorContext } from './check.ts';

const enforce = 'pod-security.kubernetes.io/enforce';

/** `pod-security`: which level does each namespace enforce, and what does it leave? */
export const podSecurity: Check = {
  id: 'pod-security',
  run: async (context) => {
    const results: CheckResult[] = [];
    for (const namespace of context.namespaces) results.push(await levelOf(context, namespace));
    return results;
  },
};

async function levelOf({ api }: DoctorContext, namespace: string): Promise<CheckResult> {
  const subject = `namespace ${namespace}`;
  try {
    const { metadata } = await api.get<{
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
    }>(`/api/v1/namespaces/${encodeURIComponent(namespace)}`);
    return { subject, ...judge(metadata?.labels?.[enforce], namespace) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { subject, status: 'unknown', seen: `its labels cannot be read: ${error.message}`, fix: '' };
  }
}

function judge(level: string | undefined, namespace: string): Omit<CheckResult, 'subject'> {
  if (level === undefined)
    return {
      status: 'ok',
      seen: `no label ${enforce}: the cluster's default applies, which is "privileged" unless it was changed`,
      fix: '',
    };
  if (level === 'privileged') return { status: 'ok', seen: 'level "privileged" admits all', fix: '' };
  if (level === 'baseline')
    return {
      status: 'ok',
      seen: 'level "baseline" admits debug containers without added capabilities: enough where the runtime grants NET_RAW (containerd does, CRI-O does not)',
      fix: '',
    };
  return {
    // Whether a pod on the node is a way round, `way-in` tries.
    status: 'warning',
    seen: `level "${level}" admits no debug container that can capture`,
    fix: `For a while: kubectl label namespace ${namespace} ${enforce}=privileged --overwrite; or capture from the node: kubectl netdebug trace pod/NAME -n ${namespace} --profile node`,
  };
}
