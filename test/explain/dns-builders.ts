import { parseCorefile } from '../../src/cluster/corefile.ts';
import type { DnsConfigFacts, DnsLogFacts, DnsServerFacts } from '../../src/cluster/dns-server-facts.ts';

/** Where the cluster's DNS is dialled. */
export const DNS = '10.96.0.10:53';

/** A Corefile as it is in the cluster, changed before the DNS pods started. */
export function config(corefile: string, part: Partial<DnsConfigFacts> = {}): DnsConfigFacts {
  return {
    configMap: 'kube-system/coredns',
    changedAt: '2026-11-20T09:00:00Z',
    ...parseCorefile(corefile),
    ...part,
  };
}

export function dnsServer(corefile: string | null, part: Partial<DnsServerFacts> = {}): DnsServerFacts {
  return { config: corefile === null ? null : config(corefile), nodeLocal: null, logs: null, ...part };
}

export function logs(part: Partial<DnsLogFacts> = {}): DnsLogFacts {
  return { seconds: 120, pods: ['coredns-1'], upstreamErrors: [], fatal: [], ...part };
}

/** Names of the cluster by the kubernetes plugin, all others to 192.0.2.1. */
export const USUAL = `.:53 {
  errors
  ready
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    fallthrough in-addr.arpa ip6.arpa
  }
  forward . 192.0.2.1
  cache 30
  loop
  reload
}
`;
