import { join } from 'node:path';
import { instance } from './instance.ts';
import { netnsFolder, runFolder, stateFolder } from './paths.ts';

/** A node: a network namespace on the bridge with a containerd, a kubelet and a kube-proxy of its own. */
export interface ClusterNode {
  /** Name in Kubernetes. */
  readonly name: 'node1' | 'node2';
  /** Name of its network namespace, of its cgroup folders and of its port on the bridge. */
  readonly mark: string;
  readonly address: string;
  /** Addresses of its pods. */
  readonly podCidr: string;
}

/** Address of the bridge in the root namespace: the nodes' gateway and the API server. */
export const gatewayAddress: string = `${instance.network}.1`;
export const bridgeName: string = instance.bridgeName;
export const podRange = '10.244.0.0/16';
export const serviceRange = '10.96.0.0/16';
/** First address of the service range: the Service `kubernetes`. */
export const kubernetesServiceAddress = '10.96.0.1';
export const dnsServiceAddress = '10.96.0.10';

export const nodes: readonly ClusterNode[] = [
  {
    name: 'node1',
    mark: `${instance.markPrefix}1`,
    address: `${instance.network}.11`,
    podCidr: '10.244.1.0/24',
  },
  {
    name: 'node2',
    mark: `${instance.markPrefix}2`,
    address: `${instance.network}.12`,
    podCidr: '10.244.2.0/24',
  },
];

/** File on which the node's network namespace is mounted. */
export function netnsPath(node: ClusterNode): string {
  return join(netnsFolder, node.mark);
}

/** The node's containerd socket. */
export function containerdSocket(node: ClusterNode): string {
  return join(runFolder, `${node.name}.sock`);
}

/** Folder with everything the node writes to disk. */
export function nodeStateFolder(node: ClusterNode): string {
  return join(stateFolder, node.name);
}

/** Manifests in it are pods that the node's kubelet runs by itself. */
export function staticPodFolder(node: ClusterNode): string {
  return join(nodeStateFolder(node), 'static-pods');
}

/** containerd's state folder (bundles, pod namespaces), on /run. */
export function containerdStateFolder(node: ClusterNode): string {
  return join(runFolder, node.name, 'containerd');
}

/** The command line that runs a program in the node's network namespace, same mount namespace. */
export function inNetns(node: ClusterNode, argv: readonly string[]): string[] {
  return ['nsenter', `--net=${netnsPath(node)}`, '--', ...argv];
}
