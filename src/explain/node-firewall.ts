import type { FilterRuleFacts, NodeNetworkFacts } from '../cluster/node-network-facts.ts';
import { count, listed, packets } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence, Unknown } from './explanation.ts';
import { matchRule, type Match, type Packet } from './filter-match.ts';
import { networksOf, readAtText } from './node-view.ts';
import { isSilence } from './policies.ts';
import { accountsFor, waysOf, type Way } from './ways.ts';

/** Findings that a rejecting rule makes: by ICMP, or by a reset. */
const REJECTIONS: ReadonlySet<string> = new Set([
  'tcp-rejected-by-icmp',
  'tcp-refused',
  'dns-port-unreachable',
]);
/** Hooks through which a pod's packets come on a node (netfilter). */
const OF_PODS: ReadonlySet<string> = new Set(['prerouting', 'forward', 'postrouting']);

/** A rule of the node's own packet filter, made by nobody of the cluster, drops or rejects the traffic. */
export const nodeFirewall: Explainer = {
  id: 'node-firewall',
  doc: {
    title: 'A packet filter on the node stands in the way',
    meaning:
      'iptables or nftables of a node hold rules that neither kube-proxy nor the network plugin made: those of firewalld, ufw, Docker, a hardening script or a person. A rule that drops in FORWARD stops what pods send and get; Kubernetes does not know of it.',
    recognition:
      'The node was looked into (--read-node), and a rule of others has conditions that meet exactly the packets that got no answer. It is certain if the rule is about some hosts or ports and the number of packets that it met grew at that time, likely if the rule met some before, or if the policy of FORWARD is DROP and met packets.',
    caveats:
      'Rules before it may let the packets pass, and conditions that cannot be judged here (sets, marks, limits) leave it at possible. Rules of kube-proxy and of network plugins are left out: what they drop follows from Services and policies. Cloud firewalls are not on the node.',
    fix: 'Delete the rule or put an exception before it, where it is made (firewalld, ufw, a script), else it comes back.',
  },
  explain(situation: Situation): Explained {
    const networks = networksOf(situation);
    const causes = networks.flatMap((network) => causesOn(network, situation));
    return {
      causes,
      unknowns: causes.length > 0 ? [] : networks.flatMap((network) => programsOn(network, situation)),
    };
  },
};

/** Programs that may drop before any filter that was read; those of an eBPF data plane are its own, and no news. */
function programsOn({ node, interfaces }: NodeNetworkFacts, situation: Situation): Unknown[] {
  const names = (interfaces ?? []).flatMap(({ name, hasProgram }) => (hasProgram ? [name] : []));
  const passing = situation.findings.some(
    (placed) =>
      isSilence(placed.finding) &&
      waysOf(placed, situation).some(({ forwarders }) => forwarders.includes(node)),
  );
  if (names.length === 0 || !passing || situation.enforcer.rejectsAsService) return [];
  return [
    {
      what: `what the XDP or tc programs at ${listed(names)} of node ${node} do to packets`,
      why: 'they come before the packet filter, and what they do cannot be read',
      next: 'bpftool net show   (on the node)',
    },
  ];
}

interface Blocking {
  readonly rule: FilterRuleFacts;
  readonly match: Match;
  readonly findings: readonly PlacedFinding[];
}

function causesOn(network: NodeNetworkFacts, situation: Situation): DraftCause[] {
  const { node } = network;
  const blocking = (network.filterRules ?? []).flatMap((rule): Blocking[] => {
    if (rule.packets !== null && rule.packets.total === 0) return [];
    const findings = situation.findings.filter(
      (placed) => isSymptom(placed, rule) && matchFor(placed, rule, node, situation) !== 'no',
    );
    const matches = findings.map((placed) => matchFor(placed, rule, node, situation));
    return findings.length === 0
      ? []
      : [{ rule, findings, match: matches.includes('yes') ? 'yes' : 'maybe' }];
  });
  return blocking.map((one) => cause(one, network));
}

function isSymptom({ finding }: PlacedFinding, { verdict }: FilterRuleFacts): boolean {
  return verdict === 'drop' ? isSilence(finding) : REJECTIONS.has(finding.id);
}

/** Whether the rule meets so many of the finding's ways, in one of both directions, that it is enough. */
function matchFor(placed: PlacedFinding, rule: FilterRuleFacts, node: string, situation: Situation): Match {
  const ways = waysOf(placed, situation);
  const match = (way: Way): Match => {
    const found = packetsOf(way, rule, node).map((packet) => matchRule(rule, packet));
    return found.includes('yes') ? 'yes' : found.includes('maybe') ? 'maybe' : 'no';
  };
  const sure = ways.filter((way) => match(way) === 'yes');
  if (accountsFor(sure, ways, placed)) return rule.hook === '' ? 'maybe' : 'yes';
  return accountsFor(
    ways.filter((way) => match(way) !== 'no'),
    ways,
    placed,
  )
    ? 'maybe'
    : 'no';
}

/** A way's packets as a chain of the node sees them: before the Service's address is translated, after it, and the answers. */
function packetsOf(way: Way, { hook }: FilterRuleFacts, node: string): Packet[] {
  const { client, server, serverPort, protocol, forwarders, placed } = way;
  const isForwarded = forwarders.includes(node);
  const isEnd = !isForwarded && (way.clientNode === node || way.serverNode === node);
  if (!(hook === '' || OF_PODS.has(hook) ? isForwarded : isEnd)) return [];
  const asked: Packet = {
    source: client,
    destination: server,
    sourcePort: 0,
    destinationPort: serverPort,
    protocol,
  };
  const answer: Packet = {
    source: server,
    destination: client,
    sourcePort: serverPort,
    destinationPort: 0,
    protocol,
  };
  const dialled: Packet = { ...asked, destination: placed.address, destinationPort: placed.port };
  return hook === 'prerouting' && node === way.clientNode ? [asked, answer, dialled] : [asked, answer];
}

function confidenceOf({ rule, match }: Blocking): CauseConfidence {
  const grew = (rule.packets?.grew ?? 0) > 0;
  const isPolicy = rule.text === '';
  if (match !== 'yes') return 'possible';
  if (isPolicy) return grew ? 'likely' : 'possible';
  if (rule.packets === null) return 'possible';
  return grew && isSpecific(rule.text) ? 'certain' : 'likely';
}

/** Whether the rule is about some hosts or ports, so that what it met is hardly something else. */
function isSpecific(text: string): boolean {
  return /(?:^|\s)(?:-[sd] (?!0\.0\.0\.0\/0|::\/0)|--[sd]ports? |ip6? [sd]addr |[a-z]+ [sd]port )/.test(text);
}

function cause(blocking: Blocking, network: NodeNetworkFacts): DraftCause {
  const { rule, findings } = blocking;
  const { node } = network;
  const confidence = confidenceOf(blocking);
  const verb = rule.verdict === 'drop' ? 'drops' : 'rejects';
  const what = rule.text === '' ? `the policy of chain ${rule.chain}` : `a rule in chain ${rule.chain}`;
  const met = rule.packets;
  return {
    ...(confidence === 'certain' ? { isRead: true } : {}),
    confidence,
    findingIndexes: findings.map(({ index }) => index),
    text: `On node ${node} ${what} of ${rule.tool}, which is none of the cluster’s, ${confidence === 'possible' ? `may be what ${verb}` : verb} this traffic${rule.text === '' ? '' : `: ${rule.text}`}`,
    evidence: [
      ...findings.map(packets),
      readAtText(network),
      `${rule.tool}, table ${rule.table}, chain ${rule.chain}: ${rule.text === '' ? 'policy' : rule.text} ${rule.verdict.toUpperCase()}`,
      met === null
        ? 'the rule does not count what it meets'
        : `it met ${count(met.total, 'packet')}, ${met.grew} of them within ${network.windowMs / 1000} s after the capture`,
    ],
    fix: `on node ${node}, find out who makes ${rule.text === '' ? 'that policy' : 'that rule'} (firewalld, ufw, Docker, a script) and have it let the pods’ traffic pass; list it with:\n${listing(rule)}`,
    next: 'kubectl netdebug explain node-firewall',
  };
}

function listing({ tool, table, family }: FilterRuleFacts): string {
  if (tool === 'nft') return 'nft -a list ruleset';
  const program = `${family === 'ip6' ? 'ip6tables' : 'iptables'}${tool === 'iptables' ? '' : '-legacy'}`;
  return /^[a-z]+$/.test(table) ? `${program} -t ${table} -S` : `${program} -S`;
}
