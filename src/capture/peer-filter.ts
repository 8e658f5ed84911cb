import type { PeerAddress } from '../target/peer.ts';

/** More hosts would make a filter that takes longer to run than it saves. */
export const maxPeerAddresses = 64;

/**
 * The filter of pcap-filter(7) that keeps the traffic with a peer, as tcpdump's arguments. ICMP and
 * ARP stay whoever sends them: a router that rejects the peer's packets, or a neighbour that does
 * not answer, is what is looked for.
 */
export function peerFilter(filter: readonly string[], peer: readonly PeerAddress[]): string[] {
  const parts = peer.map(({ net, port }) => [
    net.includes('/') ? 'net' : 'host',
    net,
    ...(port === undefined ? [] : ['and', 'port', String(port)]),
  ]);
  const hosts = parts.flatMap((part, index) => [...(index === 0 ? [] : ['or']), '(', ...part, ')']);
  const narrow = [
    '(',
    ...hosts,
    ...(hosts.length === 0 ? [] : ['or']),
    'icmp',
    'or',
    'icmp6',
    'or',
    'arp',
    ')',
  ];
  return filter.length === 0 ? narrow : ['(', ...filter, ')', 'and', ...narrow];
}
