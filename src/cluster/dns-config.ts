import { ApiError, type KubeApi } from '../kube/kube-api.ts';
import { parseCorefile } from './corefile.ts';
import type { DnsConfigFacts, ServerBlockFacts } from './dns-server-facts.ts';
import type { ObjectName, Unreadable } from './facts.ts';
import { asList, asObject, asText, asTexts } from './raw.ts';
import { isForbidden, roleRule, wordsOf } from './read-list.ts';

/** Longest value of a ConfigMap is 1 MiB (Kubernetes docs, "ConfigMaps"); more than a Corefile needs. */
const MAX_CHARACTERS = 1_048_576;

/** What reading the configuration gave. */
export interface DnsConfigRead {
  readonly config: DnsConfigFacts | null;
  readonly unreadable: readonly Unreadable[];
}

/** Reads the first of some ConfigMaps that configures a DNS server. Never throws. */
export async function readDnsConfig(api: KubeApi, candidates: readonly ObjectName[]): Promise<DnsConfigRead> {
  const unreadable: Unreadable[] = [];
  for (const { namespace, name } of candidates) {
    try {
      const raw = await api.get<unknown>(
        `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`,
      );
      const config = toDnsConfig(`${namespace}/${name}`, raw);
      if (config !== null) return { config, unreadable: [] };
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) continue;
      unreadable.push({
        what: `ConfigMap ${namespace}/${name} (the DNS server's configuration)`,
        why: wordsOf(error),
        fix: isForbidden(error) ? roleRule('', 'configmaps', ['get']) : '',
      });
    }
  }
  return { config: null, unreadable };
}

/** Reduces a ConfigMap of the API; null if it configures no DNS server. */
export function toDnsConfig(configMap: string, raw: unknown): DnsConfigFacts | null {
  const data = asObject(asObject(raw)['data']);
  const metadata = asObject(asObject(raw)['metadata']);
  const changedAt = asList(metadata['managedFields'])
    .map((entry) => asText(asObject(entry)['time']))
    .reduce((a, b) => (a > b ? a : b), asText(metadata['creationTimestamp']));
  // As k3s and AKS take further files from another ConfigMap, "import" in it makes it not whole.
  const corefile = data['Corefile'];
  if (typeof corefile === 'string')
    return { configMap, changedAt, ...parseCorefile(corefile.slice(0, MAX_CHARACTERS)) };
  const blocks = blocksOfKubeDns(data);
  return blocks.length === 0 ? null : { configMap, changedAt, blocks, problem: '', whole: true };
}

/** kube-dns (GKE) has JSON of its own: {"stubDomains": "{\"a.example\": [\"192.0.2.1\"]}", "upstreamNameservers": "[…]"}. */
function blocksOfKubeDns(data: Readonly<Record<string, unknown>>): ServerBlockFacts[] {
  const stubs = Object.entries(asObject(fromJson(data['stubDomains'])));
  const upstream = asTexts(fromJson(data['upstreamNameservers']));
  const block = (zone: string, targets: readonly string[]): ServerBlockFacts => ({
    line: 0,
    zones: [zone],
    port: 53,
    plugins: [{ name: 'forward', line: 0, arguments: ['.', ...targets], options: [] }],
  });
  return [
    ...stubs
      .slice(0, 100)
      .map(([zone, targets]) => block(zone.slice(0, 253).toLowerCase(), asTexts(targets))),
    ...(upstream.length > 0 ? [block('', upstream)] : []),
  ];
}

function fromJson(value: unknown): unknown {
  if (typeof value !== 'string') return undefined;
  try {
    return JSON.parse(value.slice(0, MAX_CHARACTERS)) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
