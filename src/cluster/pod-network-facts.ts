import type { ObjectName } from './facts.ts';

/**
 * What the network of a traced pod says of itself, read in its debug container when the capture ended.
 * `null` means "could not be read" (never "none").
 */
export interface PodNetworkFacts extends ObjectName {
  /** Why something is `null`, in the words of what failed; '' if all was read. */
  readonly problem: string;
  /** TCP sockets that listen and UDP sockets without a peer. */
  readonly sockets: readonly ListeningSocketFacts[] | null;
  /** false: there were more sockets than are listed, so that "nobody listens" cannot be said. */
  readonly areSocketsWhole: boolean;
  readonly interfaces: readonly PodInterfaceFacts[] | null;
  readonly routes: readonly PodRouteFacts[] | null;
  /**
   * By how much the kernel's counters of this network grew during the capture, by their names in
   * /proc/net/snmp and /proc/net/netstat ("TcpExtListenOverflows"); the capture's own socket is none of them.
   */
  readonly increases: Readonly<Record<string, number>> | null;
  /** Ports for connections to the outside (net.ipv4.ip_local_port_range), both included. */
  readonly localPorts: { readonly first: number; readonly last: number } | null;
  /** Bound of every accept queue (net.core.somaxconn), of this network. */
  readonly maxBacklog: number | null;
  /** Far ends to which most closed connections still hold a local port (TIME_WAIT), busiest first, at most 8. */
  readonly timeWaits: readonly TimeWaitFacts[] | null;
}

export interface ListeningSocketFacts {
  readonly protocol: 'TCP' | 'UDP';
  /** "0.0.0.0" and "::" are all of the family; "::" may take IPv4 as well. */
  readonly address: string;
  readonly port: number;
  /** TCP: connections that wait to be accepted; UDP: bytes that wait to be read. */
  readonly waiting: number;
  /** TCP: connections that may wait; null: the image has no `ss`, and /proc does not say. */
  readonly backlog: number | null;
  /** Command name of a process that has it, '' if its process is not visible. */
  readonly program: string;
}

export interface PodInterfaceFacts {
  readonly name: string;
  readonly mtuBytes: number;
}

export interface PodRouteFacts {
  /** CIDR; "0.0.0.0/0" and "::/0" are the default. */
  readonly destination: string;
  /** '' on the link itself. */
  readonly gateway: string;
  readonly interfaceName: string;
}

export interface TimeWaitFacts {
  /** "address:port", IPv6 in brackets. */
  readonly server: string;
  readonly count: number;
}
