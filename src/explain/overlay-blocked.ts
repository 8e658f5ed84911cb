import type { FilterRuleFacts } from '../cluster/node-network-facts.ts';
import { packets } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import { matchRule } from './filter-match.ts';
import { forwardsFor, networkOf, readAtText } from './node-view.ts';
import { isSilence } from './policies.ts';
import { addressOfNode, tunnelTo, type TunnelEnd } from './tunnels.ts';
import { accountsFor, waysOf, type Way } from './ways.ts';

/** Packets that must have gone in while none came out. */
const MIN_SENT = 3;

/** What one node sends into the tunnel between nodes does not come out at the other. */
export const overlayBlocked: Explainer = {
  id: 'overlay-blocked',
  doc: {
    title: 'The tunnel between the nodes is blocked',
    meaning:
      'Overlay networks carry pods’ packets from node to node in packets of their own: VXLAN (UDP 8472 or 4789), Geneve (UDP 6081), WireGuard (UDP 51820), IP in IP (protocol 4). A firewall between the nodes or on one of them that does not know these drops everything between pods of different nodes; pods of one node reach each other, and the nodes reach each other too.',
    recognition:
      'Both nodes were looked into (--read-node): the way between the pods leads through a tunnel, packets went into it at one node at that time, and none came out at the other. It is certain in a cluster of two nodes, or if a rule of the nodes’ own filters drops the tunnel’s packets just then; else it is likely.',
    caveats:
      'The counters are of all that goes through the tunnel’s end, other nodes’ packets included. A tunnel whose table of other nodes is stale (a node that was replaced) looks the same from here.',
    fix: 'Let the tunnel’s protocol pass between all nodes, in both directions: in the cloud’s security group, and in the nodes’ own filters.',
  },
  explain(situation: Situation): Explained {
    if (situation.facts.nodeNetworks === undefined) return { causes: [], unknowns: [] };
    const blocked = situation.findings.flatMap((placed) => blockedOf(placed, situation));
    const key = ({ from, to }: Blocked): string => `${from.network.node} ${to.network.node}`;
    const causes = [...Map.groupBy(blocked, key).values()].map((group) => cause(group, situation));
    return { causes, unknowns: [] };
  },
};

/** Packets of a finding that went into a tunnel at one node and did not come out at the other. */
interface Blocked {
  readonly placed: PlacedFinding;
  readonly from: TunnelEnd;
  readonly to: TunnelEnd;
  readonly rule: { readonly node: string; readonly facts: FilterRuleFacts } | null;
}

function blockedOf(placed: PlacedFinding, situation: Situation): Blocked[] {
  if (!isSilence(placed.finding)) return [];
  const ways = waysOf(placed, situation);
  const found = ways.map((way) => blockedOn(way, situation));
  const failing = ways.filter((_, index) => found[index] !== null);
  const first = found.find((one) => one !== null);
  return first !== undefined && first !== null && accountsFor(failing, ways, placed)
    ? [{ placed, ...first }]
    : [];
}

function blockedOn(way: Way, situation: Situation): Omit<Blocked, 'placed'> | null {
  const [near, far] = [networkOf(way.clientNode, situation), networkOf(way.serverNode, situation)];
  if (near === null || far === null || near === far) return null;
  if (forwardsFor(near, way.client) === false || forwardsFor(far, way.server) === false) return null;
  const [there, back] = [tunnelTo(near, way.server), tunnelTo(far, way.client)];
  if (there === null || back === null || there.device.kind !== back.device.kind) return null;
  const ends: readonly (readonly [TunnelEnd, TunnelEnd])[] = [
    [there, back],
    [back, there],
  ];
  for (const [from, to] of ends) {
    const rule = ruleAgainst(from, to, situation);
    const isLost = from.device.sent.grew > 0 && to.device.received.grew === 0;
    if (rule !== null || isLost) return { from, to, rule };
  }
  return null;
}

/** A rule on one of both nodes that drops the tunnel's own packets and has met some. */
function ruleAgainst(from: TunnelEnd, to: TunnelEnd, situation: Situation): Blocked['rule'] {
  const source = addressOfNode(from.network.node, '0.0.0.0', situation);
  const destination = addressOfNode(to.network.node, '0.0.0.0', situation);
  const port = to.udpPort ?? from.udpPort;
  if (port === null || source === '' || destination === '') return null;
  const packet = { source, destination, sourcePort: 0, destinationPort: port, protocol: 'UDP' };
  const places = [
    { end: to, hooks: ['prerouting', 'input'] },
    { end: from, hooks: ['output', 'postrouting'] },
  ];
  for (const { end, hooks } of places) {
    const rule = (end.network.filterRules ?? []).find(
      (one) =>
        hooks.includes(one.hook) &&
        one.text !== '' &&
        (one.packets?.total ?? 0) > 0 &&
        matchRule(one, packet) === 'yes',
    );
    if (rule !== undefined) return { node: end.network.node, facts: rule };
  }
  return null;
}

/** With more nodes the tunnel's end counts what goes to others; fewer packets may lie between the two readings. */
function isSeen({ from, to }: Blocked, { facts }: Situation): boolean {
  return facts.nodes?.length === 2 && from.device.sent.grew >= MIN_SENT && to.device.received.grew === 0;
}

function cause(group: readonly Blocked[], situation: Situation): DraftCause {
  const [first] = group as readonly [Blocked, ...Blocked[]];
  const { from, to, rule } = first;
  const [near, far] = [from.network.node, to.network.node];
  const isCounted = (rule?.facts.packets?.grew ?? 0) > 0;
  const isCertain = isSeen(first, situation) || isCounted;
  const port = to.udpPort ?? from.udpPort;
  const name = `${from.kind.name}${port === null ? '' : `, UDP port ${port}`}`;
  return {
    ...(isCertain ? { isRead: true } : {}),
    confidence: isCertain ? 'certain' : 'likely',
    findingIndexes: group.map(({ placed }) => placed.index),
    text: `The tunnel from node ${near} to node ${far} (${name}) is blocked${rule === null ? ': what goes in does not come out' : `: ${rule.facts.tool} on node ${rule.node} drops ${rule.facts.text}`}`,
    evidence: [
      ...group.map(({ placed }) => packets(placed)),
      readAtText(from.network),
      `${from.device.name} of node ${near} sent ${from.device.sent.grew} packets within ${from.network.windowMs / 1000} s after the capture`,
      `${to.device.name} of node ${far} received ${to.device.received.grew} packets in as long a time`,
      ...(rule === null
        ? []
        : [
            `${rule.facts.tool} on node ${rule.node}, chain ${rule.facts.chain}: ${rule.facts.text} ${rule.facts.verdict.toUpperCase()} met ${rule.facts.packets?.total ?? 0} packets, ${rule.facts.packets?.grew ?? 0} of them meanwhile`,
          ]),
    ],
    fix:
      rule === null
        ? `let ${name} pass from node ${near} to node ${far} and back: in the security group or firewall between them, and in the nodes’ own filters`
        : `on node ${rule.node}, find out who makes that rule of ${rule.facts.tool} and have it let ${name} pass between the nodes`,
    next: 'kubectl netdebug explain overlay-blocked',
  };
}
