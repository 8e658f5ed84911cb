import { addressKey, splitServer } from '../cluster/address.ts';
import type { PodFacts, ServiceFacts } from '../cluster/facts.ts';
import type { NodeNetworkFacts, NodeServiceFacts } from '../cluster/node-network-facts.ts';
import { command, firstOf } from './paste.ts';
import { count, listed, packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { networkOf, readAtText } from './node-view.ts';
import { isSilence } from './policies.ts';

/** Findings that rules of old make: nobody has the address, nobody listens there, or there are no rules. */
const SYMPTOMS: ReadonlySet<string> = new Set([
  'tcp-rejected-by-icmp',
  'tcp-refused',
  'dns-port-unreachable',
]);
/** kube-proxy writes a change within a second or two; in very large clusters it may take some ten. */
const SETTLING_MS = 30_000;

/** kube-proxy on the client's node has not followed the Service's endpoints. */
export const kubeProxyStale: Explainer = {
  id: 'kube-proxy-stale',
  doc: {
    title: 'kube-proxy on the node has not followed the endpoints',
    meaning:
      'kube-proxy writes a node’s rules for Services after the EndpointSlices. If it hangs, lost its connection to the API server or ended, the rules stay as they were: they send to pods that are gone and know nothing of new ones. Other nodes work.',
    recognition:
      'The node was looked into (--read-node): its rules for the Service that was dialled send to addresses that no EndpointSlice of it has, or lack ones that it has, and connections to the Service fail. It is certain if both are so and the pods that are missing are older than 30 s.',
    caveats:
      'The slices and the node are read one after the other: in between endpoints may change. kube-proxy writes some seconds after a change where thousands of Services are. A data plane in place of kube-proxy (Cilium, Calico eBPF) has no such rules.',
    fix: 'Restart kube-proxy on that node by deleting its pod, and read its log for what stopped it.',
  },
  explain(situation: Situation): Explained {
    const stale = situation.findings.flatMap((placed) => staleOf(placed, situation));
    const groups = [
      ...Map.groupBy(stale, ({ network, service }) => `${network.node} ${path(service)}`).values(),
    ];
    return { causes: groups.map((group) => cause(group, situation)), unknowns: [] };
  },
};

interface Stale {
  readonly placed: PlacedFinding;
  readonly service: ServiceFacts;
  readonly network: NodeNetworkFacts;
  readonly rules: NodeServiceFacts;
  /** Where the rules send, and no slice says so. */
  readonly gone: readonly string[];
  /** Where the slices say, and no rule sends. */
  readonly missing: readonly string[];
  readonly missingPods: readonly PodFacts[];
}

function staleOf(placed: PlacedFinding, situation: Situation): Stale[] {
  const { finding, client, service } = placed;
  if (service === null || client === null || !(isSilence(finding) || SYMPTOMS.has(finding.id))) return [];
  const network = networkOf(client.node, situation);
  const rules = network?.services?.find(
    ({ namespace, name }) => namespace === service.namespace && name === service.name,
  );
  const view = situation.viewOf(placed);
  // What is left of kube-proxy where another data plane stands in for it decides nothing.
  const isReplaced = situation.enforcer.rejectsAsService;
  if (network === null || rules === undefined || isReplaced) return [];
  if (view === null || !view.sure || view.state !== 'usable') return [];
  const targets = new Set(rules.targets.map((target) => addressKey(splitServer(target).address)));
  // An endpoint that is going may still be sent to.
  const known = new Set(view.endpoints.map(({ address }) => addressKey(address)));
  const missing = view.usable.filter(({ address }) => !targets.has(addressKey(address)));
  const gone = rules.targets.filter((target) => !known.has(addressKey(splitServer(target).address)));
  // Rules for some endpoints only are those of a traffic policy; none at all, or others, are of old.
  const isOld = gone.length > 0 || (missing.length > 0 && rules.targets.length === 0);
  return isOld
    ? [
        {
          placed,
          service,
          network,
          rules,
          gone,
          missing: missing.map(({ address }) => address),
          missingPods: missing.flatMap(({ pod }) => (pod === null ? [] : [pod])),
        },
      ]
    : [];
}

function confidenceOf({ gone, missing, missingPods, network, rules }: Stale): CauseConfidence {
  const readMs = Date.parse(network.readAt);
  const isSettled = missingPods.every((pod) => readMs - Date.parse(pod.createdAt) > SETTLING_MS);
  const isClear = missing.length > 0 && (gone.length > 0 || !rules.isKnown);
  return isClear && isSettled && missingPods.length === missing.length ? 'certain' : 'likely';
}

function cause(group: readonly Stale[], situation: Situation): DraftCause {
  const [first] = group as readonly [Stale, ...Stale[]];
  const { service, network, rules, gone, missing } = first;
  const { node } = network;
  const confidence = confidenceOf(first);
  const proxy = (situation.facts.pods ?? []).find(
    (pod) => pod.node === node && pod.owner === 'DaemonSet/kube-proxy',
  );
  return {
    ...(confidence === 'certain' ? { isRead: true } : {}),
    confidence,
    findingIndexes: group.map(({ placed }) => placed.index),
    text: `kube-proxy on node ${node} has not followed Service ${path(service)}: ${
      gone.length > 0
        ? `its rules still send to ${listed(gone)}, which ${gone.length === 1 ? 'is' : 'are'} no endpoint any more`
        : rules.isKnown
          ? 'it has rules for it, and none of them sends anywhere'
          : 'it has no rule for it'
    }`,
    evidence: [
      ...group.map(({ placed }) => packets(placed)),
      readAtText(network),
      `rules on node ${node} for Service ${path(service)} send to ${rules.targets.length === 0 ? 'nobody' : listed(rules.targets)}`,
      ...(missing.length > 0
        ? [
            `EndpointSlices of Service ${path(service)} have ${listed(missing)}, which no rule on node ${node} sends to`,
          ]
        : []),
      proxy === undefined
        ? `no pod of DaemonSet kube-proxy was seen on node ${node}: it may run as a service of the machine`
        : `Pod ${path(proxy)} on node ${node} is ${proxy.ready ? 'Ready' : 'not Ready'}, ${count(proxy.restarts, 'restart')}`,
    ],
    fix: firstOf(
      proxy === undefined
        ? ''
        : command(
            [proxy.name, proxy.namespace],
            `read its log, then delete pod ${proxy.name}: its DaemonSet starts another one on node ${node}\nkubectl logs ${proxy.name} -n ${proxy.namespace} --tail=50`,
          ),
      `restart kube-proxy on node ${node}, and read its log for what stopped it`,
    ),
    next: 'kubectl netdebug explain kube-proxy-stale',
  };
}
