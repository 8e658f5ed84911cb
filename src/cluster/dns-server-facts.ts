/**
 * The cluster's DNS server as it is configured and as it fares: read only where DNS is what a finding is about.
 * `null` means "could not be read" (the reason then stands in the facts' `unreadable`).
 */
export interface DnsServerFacts {
  readonly config: DnsConfigFacts | null;
  /** NodeLocal DNSCache; null: there is none, or it could not be read. */
  readonly nodeLocal: NodeLocalDnsFacts | null;
  /** What the DNS pods' logs say; null: none could be read. */
  readonly logs: DnsLogFacts | null;
}

/** A CoreDNS configuration (Corefile), or GKE's kube-dns in the same form. */
export interface DnsConfigFacts {
  /** "namespace/name" of the ConfigMap. */
  readonly configMap: string;
  /** When the ConfigMap was last changed, ISO 8601; '' if it does not say. */
  readonly changedAt: string;
  readonly blocks: readonly ServerBlockFacts[];
  /** Why it cannot be parsed, "line 9: a brace is not closed"; '' if it can. */
  readonly problem: string;
  /** false: it imports other files, or is larger than what is taken over, so that parts are missing here. */
  readonly whole: boolean;
}

/** "a.example:53 b.example { … }": what is served to questions about these zones. */
export interface ServerBlockFacts {
  /** Of its first line, counted from 1. */
  readonly line: number;
  /** Lower case, without a dot at the end; '' is the root, every name. */
  readonly zones: readonly string[];
  readonly port: number;
  readonly plugins: readonly DnsPluginFacts[];
}

export interface DnsPluginFacts {
  readonly name: string;
  readonly line: number;
  /** Of plugins that may hold secrets none are kept, nor their options. */
  readonly arguments: readonly string[];
  /** The lines between its braces, as words. */
  readonly options: readonly (readonly string[])[];
}

export interface NodeLocalDnsFacts {
  /** "namespace/name" of the DaemonSet. */
  readonly daemonSet: string;
  /** Addresses at which it listens on each node. */
  readonly addresses: readonly string[];
  readonly wanted: number;
  readonly ready: number;
}

export interface DnsLogFacts {
  /** How far back they were read. */
  readonly seconds: number;
  /** Names of the pods whose logs were read. */
  readonly pods: readonly string[];
  /** Queries that were forwarded in vain, most frequent first. */
  readonly upstreamErrors: readonly DnsUpstreamErrorFacts[];
  /** What ended the server or kept it from taking a new configuration, in its own words, each once. */
  readonly fatal: readonly string[];
}

export interface DnsUpstreamErrorFacts {
  /** "address:port" that was asked. */
  readonly upstream: string;
  /** "i/o timeout", "connection refused" … */
  readonly problem: string;
  readonly count: number;
}
