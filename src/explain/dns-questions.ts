import { addressKey, splitServer } from '../cluster/address.ts';
import type { DnsConfigFacts } from '../cluster/dns-server-facts.ts';
import type { Facts } from '../cluster/facts.ts';
import { clusterDomain } from './asked-service.ts';
import type { PlacedFinding, Situation } from './explainer.ts';
import { isIn } from './name-way.ts';
import { command, firstOf, isObjectName, selectorArgument } from './paste.ts';

/** Whether a finding is about questions to the cluster's DNS Service. */
export function asksClusterDns({ service }: PlacedFinding, { directory }: Situation): boolean {
  return service !== null && directory.isClusterDns(service);
}

/** Whether a name is none of the cluster's own, reverse names left out. */
export function isExternal(name: string, facts: Facts): boolean {
  return !isIn(name, clusterDomain(facts)) && !name.endsWith('.arpa');
}

/** The owners of names, as far as their last two labels tell. */
export function ownersOf(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.split('.').slice(-2).join('.')))];
}

/** Time in which a changed ConfigMap comes into the pods (kubelet: up to 60 s and its cache) and is taken up (reload: 30 s). */
const SETTLING_MS = 180_000;

/**
 * Whether the DNS pods may still run another configuration than the one that was read: it was changed after they
 * started, and either they do not reload it or it was changed just now.
 */
export function mayRunOlder(config: DnsConfigFacts, { facts, directory }: Situation): boolean {
  const changedMs = Date.parse(config.changedAt);
  if (Number.isNaN(changedMs)) return true;
  const own = facts.clusterDns?.service;
  const pods =
    own === undefined ? [] : directory.endpointsOf(own).flatMap(({ pod }) => (pod === null ? [] : [pod]));
  const isOlder = pods.length > 0 && pods.every(({ createdAt }) => Date.parse(createdAt) >= changedMs);
  if (isOlder) return false;
  const reloads = config.blocks.some(({ plugins }) => plugins.some(({ name }) => name === 'reload'));
  return !reloads || Date.parse(facts.collectedAt) - changedMs < SETTLING_MS;
}

/** "ConfigMap kube-system/coredns, line 7: forward . 192.0.2.1". */
export function lineText(config: DnsConfigFacts, line: number, words: readonly string[]): string {
  return `ConfigMap ${config.configMap}${line > 0 ? `, line ${line}` : ''}: ${words.join(' ')}`;
}

/** The command that opens a ConfigMap, or words for it. */
export function editCommand({ configMap }: DnsConfigFacts): string {
  const [namespace = '', name = ''] = configMap.split('/');
  return firstOf(
    command([namespace, name], `kubectl edit configmap ${name} -n ${namespace}`),
    'edit the ConfigMap of the cluster’s DNS',
  );
}

/** The command that shows what the DNS pods say. */
export function logCommand({ facts }: Situation): string {
  const own = facts.clusterDns?.service;
  const service = facts.services?.find(
    ({ namespace, name }) => namespace === own?.namespace && name === own.name,
  );
  const labels = selectorArgument(service?.selector ?? {});
  if (labels === '' || own === undefined || !isObjectName(own.namespace))
    return 'kubectl logs -n kube-system -l k8s-app=kube-dns --tail=50';
  return `kubectl logs -n ${own.namespace} -l ${labels} --tail=50`;
}

/** Whether "address:port" or an address is the cluster's DNS itself: its Service, one of its pods, or the pod's own loopback. */
export function isItself(target: string, { facts, directory }: Situation): boolean {
  const address = splitServer(target).address;
  const key = addressKey(address);
  if (key === '') return false;
  if (address.startsWith('127.') || key === addressKey('::1')) return true;
  const own = facts.clusterDns;
  if (own === null) return false;
  const addresses = [
    ...own.clusterIPs,
    ...directory.endpointsOf(own.service).map((endpoint) => endpoint.address),
  ];
  return addresses.some((one) => addressKey(one) === key);
}
