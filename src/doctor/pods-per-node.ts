import type { Facts, PodFacts } from '../cluster/facts.ts';
import { covers } from '../cluster/labels.ts';
import type { CheckResult } from './check.ts';

/** The pods of the first of these DaemonSets that has any, in every namespace. */
export function podsOfDaemonSet(
  facts: Facts,
  names: readonly string[],
): { readonly name: string; readonly pods: readonly PodFacts[] } | null {
  for (const name of names) {
    const pods = (facts.pods ?? []).filter(({ owner }) => owner === `DaemonSet/${name}`);
    if (pods.length > 0) return { name, pods };
  }
  return null;
}

/** Nodes on which a DaemonSet has no ready pod; the node that is not ready itself is another check's. */
export function nodesWithout(facts: Facts, pods: readonly PodFacts[], what: string): CheckResult[] {
  const nodes = (facts.nodes ?? []).filter(({ ready }) => ready);
  const serving = new Set(
    pods.filter(({ ready, terminating }) => ready && !terminating).map(({ node }) => node),
  );
  return nodes
    .filter(({ name }) => !serving.has(name))
    .map(({ name }) => {
      const pod = pods.find(({ node }) => node === name);
      const state = pod === undefined ? 'there is none' : [pod.phase, ...pod.containerProblems].join(', ');
      return {
        subject: `node ${name}`,
        status: 'failed' as const,
        seen: `no ready pod of ${what}: ${state}`,
        fix: pod === undefined ? '' : `kubectl describe pod ${pod.name} -n ${pod.namespace}`,
      };
    });
}

/** Whether all pods of kube-system were read, where such DaemonSets usually run. */
export function knowsSystemPods(facts: Facts): boolean {
  return covers(facts, 'pods', 'kube-system');
}
