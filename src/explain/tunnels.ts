import { addressKey, isIPv6 } from '../cluster/address.ts';
import type { NodeInterfaceFacts, NodeNetworkFacts } from '../cluster/node-network-facts.ts';
import type { Situation } from './explainer.ts';
import { interfaceOf, routeTo } from './node-view.ts';

/** A kind of tunnel between nodes. */
export interface TunnelKind {
  /** Bytes that it adds to an IPv4 packet, its own IPv4 header included (RFC 7348, 8926, 2003; WireGuard's paper). */
  readonly overheadBytes: number;
  /** UDP ports that plugins use for it; none for a protocol of IP. */
  readonly udpPorts: readonly number[];
  /** How a firewall calls it. */
  readonly name: string;
}

/** By the kernel's kind of interface. Ports: IANA's, and flannel's and Linux' of old. */
const KINDS: Readonly<Record<string, TunnelKind>> = {
  vxlan: { overheadBytes: 50, udpPorts: [8472, 4789], name: 'VXLAN' },
  geneve: { overheadBytes: 58, udpPorts: [6081], name: 'Geneve' },
  wireguard: { overheadBytes: 60, udpPorts: [51_820, 51_821, 51_871], name: 'WireGuard' },
  ipip: { overheadBytes: 20, udpPorts: [], name: 'IP in IP (protocol 4)' },
  gre: { overheadBytes: 24, udpPorts: [], name: 'GRE (protocol 47)' },
};

/** A node's end of the tunnel by which it sends to an address. */
export interface TunnelEnd {
  readonly network: NodeNetworkFacts;
  readonly device: NodeInterfaceFacts;
  readonly kind: TunnelKind;
  /** On which it receives, as far as it is one of the known ones. */
  readonly udpPort: number | null;
}

/** The tunnel by which the node sends to the address; null: by none that is known. */
export function tunnelTo(network: NodeNetworkFacts, address: string): TunnelEnd | null {
  const device = interfaceOf(network, routeTo(network, address)?.device ?? '');
  const kind = device !== null && Object.hasOwn(KINDS, device.kind) ? KINDS[device.kind] : undefined;
  if (device === null || kind === undefined) return null;
  const udpPort = kind.udpPorts.find((port) => network.udpPorts?.includes(port) === true) ?? null;
  return { network, device, kind, udpPort };
}

/** The node's own address of the same family, '' if it is not known. */
export function addressOfNode(node: string, like: string, { facts }: Situation): string {
  const addresses = facts.nodes?.find(({ name }) => name === node)?.addresses ?? [];
  return addresses.find((one) => addressKey(one) !== '' && isIPv6(one) === isIPv6(like)) ?? '';
}
