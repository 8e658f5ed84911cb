import type { NodeInterfaceFacts, NodeNetworkFacts } from '../cluster/node-network-facts.ts';
import { packets } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import {
  arrivalAt,
  counterOf,
  grewText,
  interfaceOf,
  isStrict,
  networkOf,
  networksOf,
  readAtText,
  routeTo,
} from './node-view.ts';
import { isSilence } from './policies.ts';
import { accountsFor, waysOf, type Way } from './ways.ts';

const COUNTER = 'TcpExtIPReversePathFilter';

/** A node drops packets because it would send their answers by another interface. */
export const nodeRpFilter: Explainer = {
  id: 'node-rp-filter',
  doc: {
    title: 'The node’s reverse path filter drops the packets',
    meaning:
      'With net.ipv4.conf.*.rp_filter=1 Linux drops a packet without a word if its sender is not routed to the interface by which it came (RFC 3704, strict). A node with two network cards, a VPN or a route of its own for the pods’ range gets packets by one and answers by another.',
    recognition:
      'The node was looked into (--read-node): its counter TcpExtIPReversePathFilter is not 0, and the senders of what got no answer are routed to another interface than the one by which they come, which is checked strictly. It is certain if the counter grew at that time.',
    caveats:
      'The counter counts all that was dropped so since the node started, strays from outside included. By which interface a packet comes is concluded from the other node’s route, where that node was looked into as well.',
    fix: 'Make the route symmetric, or loosen the check on that interface: sysctl -w net.ipv4.conf.INTERFACE.rp_filter=2, kept in /etc/sysctl.d.',
  },
  explain(situation: Situation): Explained {
    return {
      causes: networksOf(situation).flatMap((network) => causeOn(network, situation)),
      unknowns: [],
    };
  },
};

function causeOn(network: NodeNetworkFacts, situation: Situation): DraftCause[] {
  const { node } = network;
  const counter = counterOf(network, COUNTER);
  if (counter === null || counter.total === 0) return [];
  const dropped = situation.findings.flatMap((placed) => droppedOf(placed, network, situation));
  const [first] = dropped;
  if (first === undefined) return [];
  const { arrival, sender, device } = first;
  return [
    {
      ...(counter.grew > 0 ? { isRead: true } : {}),
      confidence: counter.grew > 0 ? 'certain' : 'likely',
      findingIndexes: dropped.map(({ placed }) => placed.index),
      text: `Node ${node} drops packets from ${sender} as they come by ${arrival.name}: it routes that address to ${device}, and checks the reverse path strictly (rp_filter=1)`,
      evidence: [
        ...dropped.map(({ placed }) => packets(placed)),
        readAtText(network),
        grewText(network, COUNTER, counter),
        `rp_filter of node ${node}: all=${network.sysctls['net.ipv4.conf.all.rp_filter'] ?? '?'}, ${arrival.name}=${arrival.rpFilter ?? '?'}; the higher one counts`,
        `node ${node} routes ${sender} to ${device}, its packets come by ${arrival.name}`,
      ],
      fix: `on node ${node}, send the answers by ${arrival.name} as well, or loosen the check, and keep it over a reboot:\n${loosen(arrival)}`,
      next: 'kubectl netdebug explain node-rp-filter',
    },
  ];
}

/** Names of interfaces may hold almost anything: only plain ones are printed in a command. */
function loosen({ name }: NodeInterfaceFacts): string {
  const interfaceName = /^[A-Za-z0-9_-]+$/.test(name) ? name : 'INTERFACE';
  const setting = `net.ipv4.conf.${interfaceName}.rp_filter`;
  return `sysctl -w ${setting}=2\necho '${setting} = 2' > /etc/sysctl.d/99-rp-filter.conf`;
}

interface Dropped {
  readonly placed: PlacedFinding;
  readonly arrival: NodeInterfaceFacts;
  readonly sender: string;
  /** Where the node routes the sender. */
  readonly device: string;
}

function droppedOf(placed: PlacedFinding, network: NodeNetworkFacts, situation: Situation): Dropped[] {
  if (!isSilence(placed.finding)) return [];
  const ways = waysOf(placed, situation);
  const failing = ways.filter((way) => dropOn(way, network, situation) !== null);
  const [first] = failing;
  const drop = first === undefined ? null : dropOn(first, network, situation);
  return drop !== null && accountsFor(failing, ways, placed) ? [{ placed, ...drop }] : [];
}

/** What a node does to a way's packets that come from another node: requests at the server's, answers at the client's. */
function dropOn(way: Way, network: NodeNetworkFacts, situation: Situation): Omit<Dropped, 'placed'> | null {
  if (way.clientNode === way.serverNode) return null;
  const isServers = way.serverNode === network.node;
  if (!isServers && way.clientNode !== network.node) return null;
  const [sender, receiver, from] = isServers
    ? [way.client, way.server, way.clientNode]
    : [way.server, way.client, way.serverNode];
  const other = networkOf(from, situation);
  const router = other === null ? undefined : routeTo(other, receiver)?.via;
  const arrival = router === undefined ? null : arrivalAt(network, router);
  const back = routeTo(network, sender);
  if (arrival === null || back === null || back.device === arrival.name) return null;
  return isStrict(network, arrival) && interfaceOf(network, back.device) !== null
    ? { arrival, sender, device: back.device }
    : null;
}
