import type { Facts } from '../cluster/facts.ts';

/** What is known of the part of the cluster's network that enforces policies. */
export interface Enforcer {
  /** Its name for sentences; '' if none was recognised. */
  readonly name: string;
  /** `maybe`: it depends on how it was installed; `no`: nothing that enforces policies was recognised. */
  readonly enforces: 'yes' | 'maybe' | 'no';
  /** How a denied packet ends; null: not known. */
  readonly denies: 'drop' | 'reject' | null;
  /** Whether an ipBlock matches pods' addresses (left to the implementation by the API); null: not known. */
  readonly ipBlockMatchesPods: boolean | null;
}

const NOBODY: Enforcer = { name: '', enforces: 'no', denies: null, ipBlockMatchesPods: null };

/** By the name of the DaemonSet whose pods do it; the first that is found counts. */
const BY_DAEMON_SET: readonly (readonly [string, Enforcer])[] = [
  ['cilium', { name: 'Cilium', enforces: 'yes', denies: 'drop', ipBlockMatchesPods: false }],
  ['anetd', { name: 'GKE Dataplane V2', enforces: 'yes', denies: 'drop', ipBlockMatchesPods: false }],
  ['calico-node', { name: 'Calico', enforces: 'yes', denies: 'drop', ipBlockMatchesPods: true }],
  ['canal', { name: 'Canal', enforces: 'yes', denies: 'drop', ipBlockMatchesPods: true }],
  ['kube-router', { name: 'kube-router', enforces: 'yes', denies: 'reject', ipBlockMatchesPods: true }],
  ['antrea-agent', { name: 'Antrea', enforces: 'yes', denies: 'drop', ipBlockMatchesPods: true }],
  ['ovnkube-node', { name: 'OVN-Kubernetes', enforces: 'yes', denies: 'drop', ipBlockMatchesPods: true }],
  ['weave-net', { name: 'Weave Net', enforces: 'yes', denies: 'drop', ipBlockMatchesPods: null }],
  ['kube-ovn-cni', { name: 'Kube-OVN', enforces: 'maybe', denies: 'drop', ipBlockMatchesPods: null }],
  ['azure-npm', { name: 'Azure NPM', enforces: 'maybe', denies: 'drop', ipBlockMatchesPods: null }],
  ['kindnet', { name: 'kindnet', enforces: 'maybe', denies: null, ipBlockMatchesPods: null }],
  ['aws-node', { name: 'Amazon VPC CNI', enforces: 'maybe', denies: 'drop', ipBlockMatchesPods: null }],
];
/** By what a plugin leaves on its nodes, where its DaemonSet was not seen: it may run outside of pods. */
const BY_ANNOTATION: readonly (readonly [string, string])[] = [
  ['cilium', 'cilium'],
  ['calico', 'calico-node'],
];
/** k3s and k0s run kube-router's policy controller inside their own process. */
const EMBEDDED: Enforcer = {
  name: 'the policy controller in k3s',
  enforces: 'maybe',
  denies: 'reject',
  ipBlockMatchesPods: true,
};

/** The enforcer as the pods' owners, the nodes' annotations and the server's version tell it. */
export function enforcerOf(facts: Facts): Enforcer {
  const owners = new Set((facts.pods ?? []).map(({ owner }) => owner));
  const plugins = new Set((facts.nodes ?? []).flatMap((node) => node.plugins));
  const [, annotated] = BY_ANNOTATION.find(([plugin]) => plugins.has(plugin)) ?? [];
  const found =
    BY_DAEMON_SET.find(([name]) => owners.has(`DaemonSet/${name}`)) ??
    BY_DAEMON_SET.find(([name]) => name === annotated);
  if (found !== undefined) return found[1];
  return /\+k3s/.test(facts.serverVersion) ? EMBEDDED : NOBODY;
}

/** A sentence about it, for evidence. */
export function enforcementText({ name, enforces }: Enforcer): string {
  if (enforces === 'yes') return `${name} enforces policies in this cluster`;
  return enforces === 'maybe'
    ? `${name} enforces policies if it was installed so`
    : 'no network plugin that enforces policies was recognised in this cluster (plain bridge networks and Flannel do not)';
}
