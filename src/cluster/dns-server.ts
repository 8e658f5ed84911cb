import { ApiError, type KubeApi } from '../kube/kube-api.ts';
import { addressKey } from './address.ts';
import { readDnsConfig } from './dns-config.ts';
import { readDnsLogs } from './dns-logs.ts';
import type { DnsServerFacts, NodeLocalDnsFacts } from './dns-server-facts.ts';
import type { ClusterDnsFacts, ObjectName, PodFacts, ServiceFacts, Unreadable } from './facts.ts';
import { selectorMatches } from './labels.ts';
import { asList, asNumber, asObject, asText, asTexts } from './raw.ts';
import { isForbidden, roleRule, wordsOf } from './read-list.ts';

/** Where distributions keep the configuration, for where the workload's volumes do not tell. */
const USUAL_CONFIG_MAPS: readonly string[] = [
  'coredns',
  'kube-dns',
  'rke2-coredns-rke2-coredns',
  'dns-default',
];
/** Most that are tried. */
const MAX_CONFIG_MAPS = 8;
const NODE_LOCAL = '/apis/apps/v1/namespaces/kube-system/daemonsets/node-local-dns';

/** What is already known of the cluster's DNS. */
export interface KnownDns {
  readonly clusterDns: ClusterDnsFacts | null;
  /** ConfigMaps that the workload's pods mount. */
  readonly configMaps: readonly string[];
  readonly services: readonly ServiceFacts[] | null;
  readonly pods: readonly PodFacts[] | null;
}

/** Reads configuration, logs and NodeLocal DNSCache of the cluster's DNS. Never throws. */
export async function readDnsServer(
  api: KubeApi,
  { clusterDns, configMaps, services, pods }: KnownDns,
): Promise<{ readonly dnsServer: DnsServerFacts; readonly unreadable: readonly Unreadable[] }> {
  const namespace = clusterDns?.service.namespace ?? 'kube-system';
  const names = [...new Set([...configMaps, ...USUAL_CONFIG_MAPS])].slice(0, MAX_CONFIG_MAPS);
  const [config, logs, nodeLocal] = await Promise.all([
    readDnsConfig(
      api,
      names.map((name) => ({ namespace, name })),
    ),
    readDnsLogs(api, dnsPods(clusterDns?.service ?? null, services ?? [], pods ?? [])),
    readNodeLocal(api),
  ]);
  return {
    dnsServer: { config: config.config, nodeLocal: nodeLocal.nodeLocal, logs: logs.logs },
    unreadable: [...config.unreadable, ...logs.unreadable, ...nodeLocal.unreadable],
  };
}

/** Pods in trouble first: their logs say why. */
function dnsPods(
  of: ObjectName | null,
  services: readonly ServiceFacts[],
  pods: readonly PodFacts[],
): PodFacts[] {
  const selector = services.find(
    ({ namespace, name }) => namespace === of?.namespace && name === of.name,
  )?.selector;
  if (selector === undefined || selector === null || of === null) return [];
  return pods
    .filter((pod) => pod.namespace === of.namespace && selectorMatches(selector, pod.labels))
    .toSorted((a, b) => b.containerProblems.length - a.containerProblems.length);
}

async function readNodeLocal(
  api: KubeApi,
): Promise<{ readonly nodeLocal: NodeLocalDnsFacts | null; readonly unreadable: readonly Unreadable[] }> {
  try {
    return { nodeLocal: toNodeLocalDns(await api.get<unknown>(NODE_LOCAL)), unreadable: [] };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { nodeLocal: null, unreadable: [] };
    const fix = isForbidden(error) ? roleRule('apps', 'daemonsets', ['get']) : '';
    return {
      nodeLocal: null,
      unreadable: [{ what: 'DaemonSet kube-system/node-local-dns', why: wordsOf(error), fix }],
    };
  }
}

/** Reduces the DaemonSet of NodeLocal DNSCache; its addresses stand behind "-localip". */
export function toNodeLocalDns(raw: unknown): NodeLocalDnsFacts {
  const daemonSet = asObject(raw);
  const template = asObject(asObject(asObject(daemonSet['spec'])['template'])['spec']);
  const words = asList(template['containers'])
    .map(asObject)
    .flatMap((container) => [...asTexts(container['command']), ...asTexts(container['args'])]);
  const given = words.flatMap((word, at) => {
    const inOne = /^--?localip=(.*)$/.exec(word)?.[1];
    return inOne ?? (/^--?localip$/.test(word) ? (words[at + 1] ?? '') : []);
  });
  const metadata = asObject(daemonSet['metadata']);
  const status = asObject(daemonSet['status']);
  return {
    daemonSet: `${asText(metadata['namespace'])}/${asText(metadata['name'])}`,
    addresses: given.flatMap((list) => list.split(',')).filter((address) => addressKey(address) !== ''),
    wanted: asNumber(status['desiredNumberScheduled']),
    ready: asNumber(status['numberReady']),
  };
}
