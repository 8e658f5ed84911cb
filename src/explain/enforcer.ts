import type { Facts } from '../cluster/facts.ts';

/** What is known of the part of the cluster's network that enforces policies. */
export interface Enforcer {
  /** Its name for sentences; '' if none was recognised. */
  readonly name: string;
  /** `maybe`: it depends on how it was installed; `no`: nothing that enforces policies was recognised. */
  readonly enforces: 'yes' | 'maybe' | 'no';
  /** How a denied packet ends; null: not known. */
  readonly denies: 'drop' | 'reject' | null;
  /** Its data plane stands in for kube-proxy: what has no endpoint it rejects in the Service's own name. */
  readonly rejectsAsService: boolean;
  /** Whether an ipBlock matches pods' addresses (left to the implementation by the API); null: not known. */
  readonly ipBlockMatchesPods: boolean | null;
}

const NOBODY: Enforcer = {
  name: '',
  enforces: 'no',
  denies: null,
  rejectsAsService: false,
  ipBlockMatchesPods: null,
};

/** Cilium's data plane (1.18, kube-proxy beside it: the error's sender is the ClusterIP). */
function ebpf(name: string): Enforcer {
  return { name, enforces: 'yes', denies: 'drop', rejectsAsService: true, ipBlockMatchesPods: false };
}

function plugin(
  name: string,
  enforces: Enforcer['enforces'],
  denies: Enforcer['denies'],
  ipBlockMatchesPods: boolean | null,
): Enforcer {
  return { name, enforces, denies, rejectsAsService: false, ipBlockMatchesPods };
}

/** By the name of the DaemonSet whose pods do it; the first that is found counts. */
const BY_DAEMON_SET: readonly (readonly [string, Enforcer])[] = [
  ['cilium', ebpf('Cilium')],
  ['anetd', ebpf('GKE Dataplane V2')],
  ['calico-node', plugin('Calico', 'yes', 'drop', true)],
  ['canal', plugin('Canal', 'yes', 'drop', true)],
  ['kube-router', plugin('kube-router', 'yes', 'reject', true)],
  ['antrea-agent', plugin('Antrea', 'yes', 'drop', true)],
  ['ovnkube-node', plugin('OVN-Kubernetes', 'yes', 'drop', true)],
  ['weave-net', plugin('Weave Net', 'yes', 'drop', null)],
  ['kube-ovn-cni', plugin('Kube-OVN', 'maybe', 'drop', null)],
  ['azure-npm', plugin('Azure NPM', 'maybe', 'drop', null)],
  ['kindnet', plugin('kindnet', 'maybe', null, null)],
  ['aws-node', plugin('Amazon VPC CNI', 'maybe', 'drop', null)],
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
  rejectsAsService: false,
  ipBlockMatchesPods: true,
};

/** The enforcer as the pods' owners, the nodes' annotations and the server's version tell it. */
export function enforcerOf(facts: Facts): Enforcer {
  const owners = new Set((facts.pods ?? []).map(({ owner }) => owner));
  const plugins = new Set((facts.nodes ?? []).flatMap((node) => node.plugins));
  const [, annotated] = BY_ANNOTATION.find(([name]) => plugins.has(name)) ?? [];
  const found =
    BY_DAEMON_SET.find(([name]) => owners.has(`DaemonSet/${name}`)) ??
    BY_DAEMON_SET.find(([name]) => name === annotated);
  if (found !== undefined) return found[1];
  return /\+k3s/.test(facts.serverVersion) ? EMBEDDED : NOBODY;
}

/** The enforcer that a user names, by its DaemonSet or its own name in lower case; undefined: not known. */
export function enforcerNamed(name: string): Enforcer | undefined {
  return BY_DAEMON_SET.find(
    ([daemonSet, enforcer]) => daemonSet === name || slug(enforcer.name) === name,
  )?.[1];
}

/** The names that {@link enforcerNamed} takes. */
export function enforcerNames(): string[] {
  return BY_DAEMON_SET.map(([, { name }]) => slug(name));
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-');
}

/** A sentence about it, for evidence. */
export function enforcementText({ name, enforces }: Enforcer): string {
  if (enforces === 'yes') return `${name} enforces policies in this cluster`;
  return enforces === 'maybe'
    ? `${name} enforces policies if it was installed so`
    : 'no network plugin that enforces policies was recognised in this cluster (plain bridge networks and Flannel do not)';
}
