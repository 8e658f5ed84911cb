import type { NodeNetworkFacts } from '../cluster/node-network-facts.ts';
import { packets } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import { counterOf, grewText, networksOf, readAtText } from './node-view.ts';
import { isSilence } from './policies.ts';
import { waysOf } from './ways.ts';

const COUNT = 'net.netfilter.nf_conntrack_count';
const MAX = 'net.netfilter.nf_conntrack_max';
/** The kernel drops when the table is full; entries end all the time, so that a reading finds it a little below. */
const FULL_SHARE = 0.95;

/** A node has no room for the state of another connection. */
export const conntrackFull: Explainer = {
  id: 'conntrack-full',
  doc: {
    title: 'The node’s connection table is full',
    meaning:
      'Linux keeps an entry for each connection that a node forwards or translates. With nf_conntrack_max entries there is no room for another, and the first packet of a new connection is dropped without a word; the kernel log says “nf_conntrack: table full, dropping packet”. Connections that are established go on.',
    recognition:
      'The node was looked into (--read-node): its table is full to 95 % or more, and the kernel’s count of packets that were dropped for want of an entry is not 0. It is certain if that count grew at that time.',
    caveats:
      'A table that was full an hour ago explains nothing now. The numbers in a pod are those of its own network, not of the node. Many entries of one client point to a program that opens connections without end.',
    fix: 'On the node: sysctl -w net.netfilter.nf_conntrack_max=…, kept in /etc/sysctl.d, or conntrack.maxPerCore of kube-proxy; then find out who opens so many connections.',
  },
  explain(situation: Situation): Explained {
    return {
      causes: networksOf(situation).flatMap((network) => causeOn(network, situation)),
      unknowns: [],
    };
  },
};

function causeOn(network: NodeNetworkFacts, situation: Situation): DraftCause[] {
  const { node, sysctls } = network;
  const dropped = counterOf(network, 'conntrack.drop');
  if (dropped === null || dropped.total === 0) return [];
  const [entries, most] = [sysctls[COUNT] ?? 0, sysctls[MAX] ?? 0];
  const findings = situation.findings.filter(
    (placed) => isNewConnection(placed) && passes(placed, network, situation),
  );
  if (most === 0 || entries < most * FULL_SHARE || findings.length === 0) return [];
  const grew = dropped.grew > 0;
  return [
    {
      ...(grew ? { isRead: true } : {}),
      confidence: grew ? 'certain' : 'likely',
      findingIndexes: findings.map(({ index }) => index),
      text: `The connection table of node ${node} is full (${entries} of ${most}): it drops the first packets of new connections`,
      evidence: [
        ...findings.map(packets),
        readAtText(network),
        `${COUNT} of node ${node} is ${entries}, ${MAX} is ${most}`,
        grewText(network, 'conntrack.drop', dropped),
      ],
      fix: `on node ${node}, and kept over a reboot:\nsysctl -w ${MAX}=${most * 2}\necho '${MAX} = ${most * 2}' > /etc/sysctl.d/99-conntrack.conf\nwhose connections they are: conntrack -L -o extended`,
      next: 'kubectl netdebug explain conntrack-full',
    },
  ];
}

function isNewConnection({ finding }: PlacedFinding): boolean {
  return isSilence(finding) || finding.id === 'tcp-slow-connect' || finding.id === 'dns-slow';
}

function passes(placed: PlacedFinding, { node }: NodeNetworkFacts, situation: Situation): boolean {
  return waysOf(placed, situation).some(({ forwarders }) => forwarders.includes(node));
}
