import { addressKey } from '../cluster/address.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { DnsWalk } from '../detect/finding.ts';
import { askedService } from './asked-service.ts';
import { asksClusterDns } from './dns-questions.ts';
import { listed, packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import { command, firstOf } from './paste.ts';
import { plainData } from './plain.ts';

const SYMPTOMS: ReadonlySet<string> = new Set([
  'dns-nxdomain',
  'dns-servfail',
  'dns-refused',
  'dns-no-answer',
  'dns-port-unreachable',
]);
/** Names of one finding that are looked at. */
const MAX_NAMES = 16;

/** A pod looks for a Service at a DNS server that does not know the cluster. */
export const podAsksOtherDns: Explainer = {
  id: 'pod-asks-other-dns',
  doc: {
    title: 'The pod does not ask the cluster’s DNS',
    meaning:
      'The pod looks for a Service of the cluster at another DNS server, which does not know it. Pods do so with dnsPolicy Default (the node’s resolver) or None (servers of their own), and pods on the host’s network unless their dnsPolicy is ClusterFirstWithHostNet.',
    recognition:
      'Questions about a Service that exists fail at an address that is neither the cluster’s DNS Service nor NodeLocal DNSCache, and the pod’s dnsPolicy and network say why it asks there.',
    caveats:
      'A server outside the cluster may be meant to forward the cluster’s domain to the cluster; then that is what is broken. A program with a resolver of its own ignores the pod’s settings (only likely).',
    fix: 'Set dnsPolicy: ClusterFirst in the pod’s template, on the host’s network ClusterFirstWithHostNet.',
  },
  explain(situation: Situation): Explained {
    return {
      causes: situation.findings
        .filter((placed) => SYMPTOMS.has(placed.finding.id) && asksAnother(placed, situation))
        .flatMap((placed) => judge(placed, situation)),
      unknowns: [],
    };
  },
};

/** Only where it is known which server the cluster's is. */
function asksAnother(placed: PlacedFinding, situation: Situation): boolean {
  const { clusterDns, dnsServer } = situation.facts;
  if (clusterDns === null || asksClusterDns(placed, situation)) return false;
  const { kind } = situation.directory.lookup(placed.address);
  const own = [...clusterDns.clusterIPs, ...(dnsServer?.nodeLocal?.addresses ?? [])];
  const isPodOfIt = situation.directory
    .endpointsOf(clusterDns.service)
    .some(({ address }) => addressKey(address) === addressKey(placed.address));
  return (
    kind !== 'link-local' && !isPodOfIt && !own.some((one) => addressKey(one) === addressKey(placed.address))
  );
}

function judge(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const pod = placed.client ?? podOnHost(placed, situation);
  if (pod === null) return [];
  const services = servicesAsked(placed, pod, situation);
  if (services.length === 0) return [];
  const why = reason(pod);
  const server = placed.address;
  const nameservers = situation.facts.resolver?.nameservers ?? [];
  const isInResolver = nameservers.some((one) => addressKey(one) === addressKey(server));
  return [
    {
      confidence: why === '' ? 'likely' : 'certain',
      findingIndexes: [placed.index],
      text: `Pod ${path(pod)} looks for Service ${listed(services)} at ${server}, which is not the cluster’s DNS${why === '' ? '' : `: ${why}`}`,
      evidence: [
        packets(placed),
        `the cluster’s DNS is ${situation.facts.clusterDns?.clusterIPs.join(', ') ?? ''}`,
        ...(why === '' ? ['its dnsPolicy is ClusterFirst: the program asks there by itself'] : []),
        ...(isInResolver ? [`/etc/resolv.conf of the pod: nameserver ${nameservers.join(', ')}`] : []),
      ],
      fix: fixText(pod, why),
      next: firstOf(
        command(
          [pod.name, pod.namespace],
          `kubectl exec ${pod.name} -n ${pod.namespace} -- cat /etc/resolv.conf`,
        ),
        `look at /etc/resolv.conf of pod ${path(pod)}`,
      ),
    },
  ];
}

/** The traced pod that has its node's address. */
function podOnHost({ finding }: PlacedFinding, { facts }: Situation): PodFacts | null {
  const traced = (facts.pods ?? []).filter(
    (pod) =>
      pod.hostNetwork &&
      facts.targets.some(({ namespace, name }) => namespace === pod.namespace && name === pod.name) &&
      pod.addresses.some((one) => addressKey(one) === addressKey(finding.client)),
  );
  return traced.length === 1 ? (traced[0] ?? null) : null;
}

/** Services that the failed names are those of, "shop/payments". */
function servicesAsked({ finding }: PlacedFinding, pod: PodFacts, { facts }: Situation): string[] {
  const names = plainData(finding.details.names ?? []).slice(0, MAX_NAMES);
  const walks = plainData(finding.details.walks ?? []);
  const asked: readonly DnsWalk[] = [
    ...walks.slice(0, MAX_NAMES),
    ...names.map((name) => ({ name, candidates: [name], types: [], queries: 1, nxdomain: 0 })),
  ];
  const found = asked.flatMap((walk) => {
    const wanted = askedService(walk, pod.namespace, facts);
    const service = facts.services?.find(
      ({ namespace, name }) => namespace === wanted?.namespace && name === wanted.service,
    );
    return service === undefined ? [] : [path(service)];
  });
  return [...new Set(found)];
}

/** Why the pod asks another server; '' if its settings do not say. */
function reason({ hostNetwork, dnsPolicy = 'ClusterFirst' }: PodFacts): string {
  if (dnsPolicy === 'None') return 'its dnsPolicy is None, with servers of its own';
  if (dnsPolicy === 'Default') return 'its dnsPolicy is Default, so it asks its node’s servers';
  if (hostNetwork && dnsPolicy === 'ClusterFirst')
    return 'it is on the host’s network, where dnsPolicy ClusterFirst means the node’s servers';
  return '';
}

function fixText({ hostNetwork, owner }: PodFacts, why: string): string {
  if (why === '') return 'have the program use the pod’s /etc/resolv.conf';
  return [
    `set in ${owner === '' ? 'the pod' : `the pod template of ${owner}`}:`,
    'spec:',
    `  dnsPolicy: ${hostNetwork ? 'ClusterFirstWithHostNet' : 'ClusterFirst'}`,
  ].join('\n');
}
