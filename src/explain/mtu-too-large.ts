import { isIPv6 } from '../cluster/address.ts';
import type { NodeNetworkFacts } from '../cluster/node-network-facts.ts';
import { packets } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { Unknown } from './explanation.ts';
import {
  counterOf,
  grewText,
  interfaceOf,
  networkOf,
  notLookedInto,
  readAtText,
  readNode,
  routeTo,
} from './node-view.ts';
import { tunnelTo } from './tunnels.ts';
import { waysOf, type Way } from './ways.ts';

/** Bytes of the headers before a segment's data, without options (RFC 791, 8200, 9293). */
const HEADERS_IPV4 = 40;
const HEADERS_IPV6 = 60;

/** The pods' interfaces let through larger packets than the way between their nodes. */
export const mtuTooLarge: Explainer = {
  id: 'mtu-too-large',
  doc: {
    title: 'The pods’ MTU is too large for the way',
    meaning:
      'A pod takes the MTU of its interface for what the network carries. If a link on the way carries less (a node’s NIC, a tunnel that adds its headers, a VPN) and the ICMP error that says so does not come through, large segments vanish while small ones pass: requests arrive, and their large answers hang.',
    recognition:
      'Large segments vanish and smaller ones pass between two pods. With --read-node it is certain if a link on the nodes carries less than the pods’ interfaces and just those sizes fall between, so that what passed fits and what was lost does not; without it, it is likely for pods of different nodes.',
    caveats:
      'A smaller link between the nodes (a VPN, a cloud’s network) is not seen on them. For an address outside the cluster the small link may be anywhere, and the pods’ MTU need not be wrong.',
    fix: 'Lower the pods’ MTU to the printed one in the network plugin (Calico veth_mtu, Cilium mtu, flannel’s backend, “mtu” of the bridge plugin) and replace the pods; let ICMP type 3 code 4 through.',
  },
  explain(situation: Situation): Explained {
    const judged = situation.findings
      .filter(({ finding }) => finding.id === 'path-mtu-black-hole')
      .map((placed) => judge(placed, situation));
    return {
      causes: judged.flatMap(({ causes }) => causes),
      unknowns: judged.flatMap(({ unknowns }) => unknowns),
    };
  },
};

/** The narrowest link on a node for a way's packets. */
interface Narrow {
  readonly network: NodeNetworkFacts;
  readonly device: string;
  readonly mtuBytes: number;
  /** What the pods' interfaces on that node let through. */
  readonly podMtuBytes: number;
}

function judge(placed: PlacedFinding, situation: Situation): Explained {
  const ways = waysOf(placed, situation).filter(({ clientNode, serverNode }) => clientNode !== serverNode);
  const narrow = ways
    .flatMap((way) => narrowOn(way, situation))
    .filter((one) => fits(placed, one))
    .toSorted((a, b) => a.mtuBytes - b.mtuBytes)[0];
  if (narrow !== undefined) return { causes: [seen(placed, narrow)], unknowns: [] };
  const between = ways.find(({ clientNode, serverNode }) => clientNode !== '' && serverNode !== '');
  if (between === undefined) return { causes: [], unknowns: [] };
  const nodes = [between.clientNode, between.serverNode];
  const unread = nodes.filter((node) => networkOf(node, situation) === null);
  const unknowns = unread.map((node): Unknown => notLookedInto('MTU of the links', node, situation));
  return { causes: [inferred(placed, between, unread.length > 0, situation)], unknowns };
}

function narrowOn(way: Way, situation: Situation): Narrow[] {
  const ends: readonly (readonly [string, string, string])[] = [
    [way.clientNode, way.client, way.server],
    [way.serverNode, way.server, way.client],
  ];
  return ends.flatMap(([node, own, other]): Narrow[] => {
    const network = networkOf(node, situation);
    const device = network === null ? null : interfaceOf(network, routeTo(network, other)?.device ?? '');
    const podMtuBytes = network === null ? 0 : podMtu(network, own);
    if (network === null || device === null || podMtuBytes === 0) return [];
    const tunnel = tunnelTo(network, other);
    const uplink = tunnel === null ? null : interfaceOf(network, routeTo(network, '0.0.0.0')?.device ?? '');
    const inside =
      uplink === null || tunnel === null ? Infinity : uplink.mtuBytes - tunnel.kind.overheadBytes;
    const mtuBytes = Math.min(device.mtuBytes, inside);
    return [
      {
        network,
        device: inside < device.mtuBytes ? (uplink?.name ?? '') : device.name,
        mtuBytes,
        podMtuBytes,
      },
    ];
  });
}

/** The MTU of the pods' interfaces, of which the pod's own is one: ports of its bridge, or its own veth; 0: not known. */
function podMtu(network: NodeNetworkFacts, own: string): number {
  const device = routeTo(network, own)?.device ?? '';
  const links = (network.interfaces ?? []).filter(
    ({ name, bridge, kind }) => bridge === device || (name === device && kind === 'veth'),
  );
  return device === '' ? 0 : Math.max(0, ...links.map(({ mtuBytes }) => mtuBytes));
}

function headersOf({ finding }: PlacedFinding): number {
  return isIPv6(finding.client) ? HEADERS_IPV6 : HEADERS_IPV4;
}

/** The link is smaller than the pods believe, what was lost does not fit and what passed does. */
function fits(placed: PlacedFinding, { mtuBytes, podMtuBytes }: Narrow): boolean {
  const { lostBytes = 0, passedBytes = 0 } = placed.finding.details;
  const headers = headersOf(placed);
  return mtuBytes < podMtuBytes && lostBytes + headers > mtuBytes && passedBytes + headers <= mtuBytes;
}

function seen(placed: PlacedFinding, { network, device, mtuBytes, podMtuBytes }: Narrow): DraftCause {
  const { node } = network;
  const failed = counterOf(network, 'IpFragFails');
  const { lostBytes = 0, passedBytes = 0 } = placed.finding.details;
  return {
    isRead: true,
    confidence: 'certain',
    findingIndexes: [placed.index],
    text: `The pods’ MTU is too large: ${device} of node ${node} carries ${mtuBytes} bytes of the way, the pods’ interfaces send up to ${podMtuBytes}, and no error tells them`,
    evidence: [
      packets(placed),
      readAtText(network),
      `on node ${node} pods’ interfaces have MTU ${podMtuBytes}; ${device}, the way to the other end, leaves ${mtuBytes}`,
      `lost segments have ${lostBytes} bytes and with headers ${lostBytes + headersOf(placed)}; up to ${passedBytes} passed`,
      ...(failed === null || failed.total === 0 ? [] : [grewText(network, 'IpFragFails', failed)]),
    ],
    fix: pluginFix(mtuBytes),
    next: 'kubectl netdebug explain mtu-too-large',
  };
}

function inferred(placed: PlacedFinding, way: Way, isUnread: boolean, situation: Situation): DraftCause {
  const { lostBytes = 0, passedBytes = 0 } = placed.finding.details;
  const headers = headersOf(placed);
  return {
    confidence: isUnread ? 'likely' : 'possible',
    findingIndexes: [placed.index],
    text: `The pods’ MTU is too large for the way between nodes ${way.clientNode} and ${way.serverNode}: it carries less than ${lostBytes + headers} bytes, and no error tells the pods`,
    evidence: [
      packets(placed),
      `packets of ${passedBytes + headers} bytes pass, those of ${lostBytes + headers} do not`,
      ...(isUnread
        ? []
        : ['the interfaces of both nodes have room for them: the smaller link is between the nodes']),
    ],
    fix: pluginFix(0),
    next: readNode(situation),
  };
}

function pluginFix(mtuBytes: number): string {
  const size =
    mtuBytes === 0 ? 'what the narrowest link carries (ping -M do -s SIZE finds it)' : `${mtuBytes}`;
  return `set the pods’ MTU to ${size} and replace the pods; let ICMP type 3 code 4 pass:\nCalico: veth_mtu in ConfigMap calico-config, or spec.calicoNetwork.mtu of the Installation\nCilium: mtu in ConfigMap cilium-config\nflannel: the MTU of its backend's interface; bridge plugin: "mtu" in /etc/cni/net.d`;
}
