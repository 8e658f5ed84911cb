import { asObject, asText } from '../cluster/raw.ts';
import { ApiError, type KubeApi } from '../kube/kube-api.ts';
import type { Check } from './check.ts';
import { knowsSystemPods, nodesWithout, podsOfDaemonSet } from './pods-per-node.ts';

const CONFIG_MAP = '/api/v1/namespaces/kube-system/configmaps/kube-proxy';
/** Data planes that can do kube-proxy's work. */
const REPLACEMENTS: readonly string[] = [
  'cilium',
  'anetd',
  'antrea-agent',
  'ovnkube-node',
  'calico-node',
  'kube-router',
];

/** `service-proxy`: who translates the addresses of Services, in which mode, and is it on every node? */
export const serviceProxy: Check = {
  id: 'service-proxy',
  run: async (context) => {
    const facts = await context.facts();
    const found = podsOfDaemonSet(facts, ['kube-proxy']);
    const mode = await readMode(context.api);
    if (found !== null) {
      const missing = nodesWithout(facts, found.pods, 'kube-proxy');
      const seen = `kube-proxy is ready on every node${mode === '' ? '' : `, mode ${mode}`}`;
      return missing.length > 0 ? missing : [{ subject: '', status: 'ok', seen, fix: '' }];
    }
    const replacement = podsOfDaemonSet(facts, REPLACEMENTS);
    if (replacement !== null && knowsSystemPods(facts))
      return [
        {
          subject: '',
          status: 'ok',
          seen: `there are no pods of kube-proxy; ${replacement.name} can do its work`,
          fix: '',
        },
      ];
    const seen = knowsSystemPods(facts)
      ? `there are no pods of kube-proxy: it may run outside of pods${mode === '' ? '' : `, in mode ${mode}`}`
      : 'the pods of kube-system could not be read';
    return [{ subject: '', status: 'unknown', seen, fix: '' }];
  },
};

/** The mode in kube-proxy's configuration (KubeProxyConfiguration; empty means iptables on Linux); '' if it cannot be read. */
async function readMode(api: KubeApi): Promise<string> {
  try {
    const data = asObject(asObject(await api.get<unknown>(CONFIG_MAP))['data']);
    const text = asText(data['config.conf']) === '' ? '' : String(data['config.conf']).slice(0, 65_536);
    const [, mode] = /^mode:[ \t]*"?([a-z]*)"?[ \t]*$/m.exec(text) ?? [];
    return mode === '' ? 'iptables (the default)' : (mode ?? '');
  } catch (error) {
    if (error instanceof ApiError) return '';
    throw error;
  }
}
