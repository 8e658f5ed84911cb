import { enforcementText, enforcerOf } from '../explain/enforcer.ts';
import type { Check } from './check.ts';
import { knowsSystemPods, nodesWithout, podsOfDaemonSet } from './pods-per-node.ts';

/** DaemonSets of pod networks (CNI); those that only enforce policies are not among them. */
const DAEMON_SETS: readonly string[] = [
  'cilium',
  'anetd',
  'calico-node',
  'canal',
  'kube-flannel-ds',
  'kube-flannel',
  'kindnet',
  'aws-node',
  'azure-cns',
  'antrea-agent',
  'ovnkube-node',
  'weave-net',
  'kube-router',
  'kube-ovn-cni',
];

/** `pod-network`: which plugin makes it, is it there on every node, and does anybody enforce policies? */
export const podNetwork: Check = {
  id: 'pod-network',
  run: async (context) => {
    const facts = await context.facts();
    const found = podsOfDaemonSet(facts, DAEMON_SETS);
    const annotated = [...new Set((facts.nodes ?? []).flatMap(({ plugins }) => plugins))];
    const enforcement = enforcementText(enforcerOf(facts));
    if (found === null) {
      const seen =
        annotated.length > 0
          ? `${annotated.join(', ')} by the nodes' annotations, no pods of it were seen (it may run outside of pods); ${enforcement}`
          : knowsSystemPods(facts)
            ? `no known network plugin has pods here: it may run outside of pods; ${enforcement}`
            : 'the pods of kube-system could not be read';
      return [{ subject: '', status: 'unknown', seen, fix: '' }];
    }
    const missing = nodesWithout(facts, found.pods, found.name);
    const where = `DaemonSet ${found.pods[0]?.namespace ?? ''}/${found.name}`;
    return [
      ...(missing.length === 0
        ? [
            {
              subject: '',
              status: 'ok' as const,
              seen: `${where} is ready on every node; ${enforcement}`,
              fix: '',
            },
          ]
        : []),
      ...missing,
    ];
  },
};
