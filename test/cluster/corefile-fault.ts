import { deployCoreDns } from './coredns.ts';
import type { Cluster } from './cluster.ts';
import type { Scenario } from './scenario.ts';

const deployment = ['-n', 'kube-system', 'deployment/coredns'];

/** A fault that is another Corefile: CoreDNS is started anew with it, and with its own again. */
export function corefileFault(corefile: string): Pick<Scenario, 'faultOn' | 'faultOff'> {
  return {
    faultOn: async (cluster) => {
      await configure(cluster, corefile);
      await restart(cluster);
    },
    faultOff,
  };
}

/** A Corefile that CoreDNS does not run with: its pod is deleted, and the next one does not come up. */
export function deadlyCorefile(corefile: string): Pick<Scenario, 'faultOn' | 'faultOff'> {
  return {
    faultOn: async (cluster) => {
      await configure(cluster, corefile);
      await cluster.kubectl(['delete', 'pod', '-n', 'kube-system', '-l', 'k8s-app=kube-dns']);
    },
    faultOff,
  };
}

async function faultOff(cluster: Cluster): Promise<void> {
  await deployCoreDns();
  await restart(cluster);
}

async function configure(cluster: Cluster, corefile: string): Promise<void> {
  const patch = JSON.stringify({ data: { Corefile: corefile } });
  await cluster.kubectl(['patch', 'configmap', 'coredns', '-n', 'kube-system', '-p', patch]);
}

async function restart(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['rollout', 'restart', ...deployment]);
  await cluster.kubectl(['rollout', 'status', '--timeout=60s', ...deployment]);
}
