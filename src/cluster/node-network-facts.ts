/**
 * What a look into a node's own network showed (`--read-node`): read by a short program in that network, which changes
 * nothing. `null`: that part could not be read; the reason stands in the facts' `unreadable`.
 */
export interface NodeNetworkFacts {
  /** Name of the node. */
  readonly node: string;
  /** ISO 8601, UTC, by the clock of the machine that asked. */
  readonly readAt: string;
  /** Between the two readings of everything that is counted, milliseconds. */
  readonly windowMs: number;
  /** By name with dots; `null`: this kernel has none such now, as when a module is not loaded. */
  readonly sysctls: Readonly<Record<string, number | null>>;
  /** In the kernel's order. */
  readonly interfaces: readonly NodeInterfaceFacts[] | null;
  /** The main table. */
  readonly routes: readonly NodeRouteFacts[] | null;
  /** By the names that nstat has for them ("TcpExtIPReversePathFilter"), and "conntrack.drop" and the like. */
  readonly counters: Readonly<Record<string, CounterFacts>> | null;
  /** Of iptables (both kinds) and nft, without the chains of kube-proxy and of network plugins. */
  readonly filterRules: readonly FilterRuleFacts[] | null;
  /** What kube-proxy made of the Services in question; null also where nothing of kube-proxy is on the node. */
  readonly services: readonly NodeServiceFacts[] | null;
  /** Ports on which UDP is received, those of the kernel's own tunnels included. */
  readonly udpPorts: readonly number[] | null;
}

/** A number that only grows while the kernel runs. */
export interface CounterFacts {
  readonly total: number;
  /** By how much it grew between the two readings. */
  readonly grew: number;
}

export interface NodeInterfaceFacts {
  readonly name: string;
  /** "bridge", "vxlan", "veth", "geneve", "wireguard", "ipip", "loopback", …; '' for a network card and what is not known. */
  readonly kind: string;
  readonly mtuBytes: number;
  readonly isUp: boolean;
  /** Name of the bridge whose port it is, '' if none. */
  readonly bridge: string;
  /** Whether the bridge may send a packet back to the port from which it came; null: no port of a bridge. */
  readonly hairpin: boolean | null;
  /** It takes packets for every Ethernet address. */
  readonly isPromiscuous: boolean;
  /** null: not known. */
  readonly forwardsIPv4: boolean | null;
  readonly forwardsIPv6: boolean | null;
  /** net.ipv4.conf.NAME.rp_filter; what counts is the higher one of it and that of `all`. null: not known. */
  readonly rpFilter: number | null;
  readonly received: CounterFacts;
  readonly sent: CounterFacts;
  /** Packets that were dropped or damaged, both directions. */
  readonly lost: CounterFacts;
  /** An XDP or tc program looks at its packets before the kernel's own packet filter. */
  readonly hasProgram: boolean;
}

export interface NodeRouteFacts {
  /** CIDR; "0.0.0.0/0" or "::/0" for the default. */
  readonly destination: string;
  /** Address of the next router, '' if none. */
  readonly via: string;
  /** Name of the interface, '' if none. */
  readonly device: string;
  /** "unicast", "blackhole", "unreachable", "prohibit". */
  readonly type: string;
}

/** A rule that drops or rejects, or the policy of a built-in chain that does. */
export interface FilterRuleFacts {
  readonly tool: 'iptables' | 'iptables-legacy' | 'nft';
  readonly family: 'ip' | 'ip6' | 'inet';
  readonly table: string;
  readonly chain: string;
  /** Where the packets come by: the built-in chain's name in lower case, or '' for a chain that others jump to. */
  readonly hook: string;
  readonly verdict: 'drop' | 'reject';
  /** The conditions in the tool's own words, of bounded length; '' for a chain's policy. */
  readonly text: string;
  /** Packets that it met; null: they are not counted. */
  readonly packets: CounterFacts | null;
}

export interface NodeServiceFacts {
  readonly namespace: string;
  readonly name: string;
  /** Whether the node has any rule for it. */
  readonly isKnown: boolean;
  /** "address:port" of where it is sent to, sorted. */
  readonly targets: readonly string[];
}
