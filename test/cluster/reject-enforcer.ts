import type { Cluster } from './cluster.ts';
import { nodes, podRange } from './nodes.ts';

/*
 * Policies that refuse, as those of kube-router (hence k3s and k0s) do, on a pod network that enforces none: an
 * nftables table on each node that answers denied connections by ICMP port unreachable. Not a network plugin: it is put
 * on once for the pods and policies of one namespace as they are then, and knows what scenarios need (ingress from pods
 * of the same namespace, by matchLabels, to numbered TCP ports).
 */

interface Pod {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly status: { readonly podIP?: string };
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
}

interface Policy {
  readonly spec: {
    readonly podSelector: Selector;
    readonly ingress?: readonly {
      readonly from?: readonly { readonly podSelector?: Selector }[];
      readonly ports?: readonly { readonly port: number }[];
    }[];
  };
}

/** Rejects what the namespace's policies do not admit, until `stopRejecting`. */
export async function rejectDenied(cluster: Cluster, namespace: string): Promise<void> {
  const list = async <T>(kind: string): Promise<T[]> =>
    (JSON.parse(await cluster.kubectl(['get', kind, '-n', namespace, '-o', 'json'])) as { items: T[] }).items;
  const rules = rulesOf(await list<Pod>('pods'), await list<Policy>('networkpolicies'));
  // After kube-proxy's DNAT, which is done before routing; what is admitted goes on to the rules of others.
  const table = `table ip ${tableName(namespace)} {
  chain forward {
    type filter hook forward priority filter - 10;
    ct state established,related return
${rules.map((rule) => `    ${rule}`).join('\n')}
  }
}
`;
  await stopRejecting(cluster, namespace);
  for (const { name } of nodes) await cluster.inNode(name, ['nft', table]);
}

/** Takes the rules of a namespace away, if there are any. */
export async function stopRejecting(cluster: Cluster, namespace: string): Promise<void> {
  // Declared first, so that it can be deleted whether it is there or not.
  const table = `table ip ${tableName(namespace)}`;
  for (const { name } of nodes) await cluster.inNode(name, ['nft', `${table} { }; delete ${table}`]);
}

function tableName(namespace: string): string {
  return `netdebug_${namespace.replaceAll('-', '_')}`;
}

function rulesOf(pods: readonly Pod[], policies: readonly Policy[]): string[] {
  const addressesOf = ({ matchLabels = {} }: Selector): string[] =>
    pods
      .filter(({ metadata }) =>
        Object.entries(matchLabels).every(([key, value]) => metadata.labels?.[key] === value),
      )
      .flatMap(({ status }) => status.podIP ?? []);
  const isolated = [...new Set(policies.flatMap(({ spec }) => addressesOf(spec.podSelector)))];
  const admitted = policies.flatMap(({ spec }) =>
    (spec.ingress ?? []).map(({ from, ports }) => {
      const to = `ip daddr ${set(addressesOf(spec.podSelector))}`;
      const peers = from?.flatMap(({ podSelector }) =>
        podSelector === undefined ? [] : addressesOf(podSelector),
      );
      const source = peers === undefined ? '' : `ip saddr ${set(peers)} `;
      const port = ports === undefined ? '' : `tcp dport ${set(ports.map((one) => String(one.port)))} `;
      return peers?.length === 0 ? '' : `${source}${to} ${port}return`;
    }),
  );
  return [
    ...admitted.filter((rule) => rule !== ''),
    // Not what comes from the node itself, such as kubelet's probes, which no policy may keep out.
    ...isolated.map(
      (address) => `ip saddr ${podRange} ip daddr ${address} reject with icmp type port-unreachable`,
    ),
  ];
}

function set(elements: readonly string[]): string {
  return `{ ${elements.join(', ')} }`;
}
