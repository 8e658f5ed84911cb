import { addressKey, splitServer } from '../cluster/address.ts';
import type { EndpointAddress } from '../cluster/directory.ts';
import type { Facts } from '../cluster/facts.ts';
import type { NodeNetworkFacts } from '../cluster/node-network-facts.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { listed, packets, path } from './evidence.ts';
import { networkOf, notLookedInto, readAtText, readNode } from './node-view.ts';

const SYSCTL = 'net.bridge.bridge-nf-call-iptables';
/** DaemonSets of networks in which the pods of a node share no bridge, so that bridge netfilter plays no part. */
const WITHOUT_BRIDGE: ReadonlySet<string> = new Set([
  'anetd',
  'antrea-agent',
  'aws-node',
  'azure-cns',
  'calico-node',
  'canal',
  'cilium',
  'kindnet',
  'kube-ovn-cni',
  'ovnkube-node',
  'ovs-node',
]);

/** Answers over the node's bridge bypass conntrack, which would put the Service's address back. */
export const nodeBridgeNfOff: Explainer = {
  id: 'node-bridge-nf-off',
  doc: {
    title: 'The node’s bridge bypasses netfilter',
    meaning:
      'Pods of one node talk over a Linux bridge. kube-proxy rewrites the Service’s address to that of an endpoint; on the way back the rewriting is undone only if bridged packets pass through netfilter (net.bridge.bridge-nf-call-iptables=1). If not, the answer comes from the pod’s own address, and the client resets it. Endpoints on other nodes work.',
    recognition:
      'An answer to a Service comes from another address, and that address is an endpoint of the Service on the client’s own node.',
    caveats:
      'Without a look into the node (--read-node) the sysctl is inferred. Networks without a shared bridge (Cilium, Calico, AWS VPC CNI, OVN …) cannot have it. Direct server return at a load balancer looks similar, from outside the cluster.',
    fix: 'On the node: modprobe br_netfilter, sysctl -w net.bridge.bridge-nf-call-iptables=1, and both kept in /etc/modules-load.d and /etc/sysctl.d.',
  },
  explain(situation: Situation): Explained {
    const cni = networkWithoutBridge(situation.facts);
    if (cni !== '') return { causes: [], unknowns: [] };
    const answered = situation.findings.flatMap((placed) => localAnswer(placed, situation));
    const byNode = [...Map.groupBy(answered, ({ node }) => node)].filter(
      ([node]) => networkOf(node, situation)?.sysctls[SYSCTL] !== 1,
    );
    return {
      causes: byNode.map(([node, list]) => cause(node, list, networkOf(node, situation), situation)),
      unknowns: byNode.flatMap(([node]) =>
        networkOf(node, situation) === null ? [notLookedInto(`sysctl ${SYSCTL}`, node, situation)] : [],
      ),
    };
  },
};

interface LocalAnswer {
  readonly placed: PlacedFinding;
  readonly node: string;
  readonly endpoints: readonly EndpointAddress[];
  /** All endpoints are on the node, and yet some attempts were answered as they should be. */
  readonly contradicted: boolean;
}

function localAnswer(placed: PlacedFinding, situation: Situation): LocalAnswer[] {
  const { finding, client, service, group } = placed;
  if (
    finding.id !== 'reply-from-other-address' ||
    client === null ||
    client.hostNetwork ||
    client.node === '' ||
    service === null
  )
    return [];
  const answering = (finding.details.answeredBy ?? []).map((one) => addressKey(splitServer(one).address));
  const endpoints = situation.directory.endpointsOf(service);
  const found = endpoints.filter((endpoint) => answering.includes(addressKey(endpoint.address)));
  if (
    found.length === 0 ||
    found.length < new Set(answering).size ||
    found.some(({ node }) => node !== client.node)
  )
    return [];
  const contradicted =
    endpoints.every(({ node }) => node === client.node) && (group?.outcomes.answered ?? 0) > 0;
  return [{ placed, node: client.node, endpoints: found, contradicted }];
}

function cause(
  node: string,
  answers: readonly LocalAnswer[],
  network: NodeNetworkFacts | null,
  situation: Situation,
): DraftCause {
  const services = [
    ...new Set(answers.flatMap(({ placed }) => (placed.service === null ? [] : [path(placed.service)]))),
  ];
  const elsewhere = answers.filter(
    ({ contradicted, placed }) => !contradicted && (placed.group?.outcomes.answered ?? 0) > 0,
  );
  return {
    confidence: confidenceOf(answers, network),
    findingIndexes: answers.map(({ placed }) => placed.index),
    text: `Node ${node} does not pass bridged packets through netfilter (net.bridge.bridge-nf-call-iptables): answers of Service ${listed(services)} come from the pod’s own address`,
    evidence: [
      ...answers.map(({ placed }) => packets(placed)),
      ...answers.flatMap(({ endpoints, placed }) =>
        endpoints.map(
          ({ address, slice }) =>
            `EndpointSlice ${placed.service?.namespace ?? ''}/${slice}: ${address} is on node ${node}, as is the client`,
        ),
      ),
      ...elsewhere.map(
        ({ placed }) =>
          `${placed.group?.outcomes.answered ?? 0} other attempts to ${placed.finding.server} were answered rightly, as by endpoints on other nodes`,
      ),
      ...(network === null ? [] : [readAtText(network), settingOf(network)]),
    ],
    fix: `on node ${node}, and kept over a reboot:\nmodprobe br_netfilter && sysctl -w net.bridge.bridge-nf-call-iptables=1\necho br_netfilter > /etc/modules-load.d/br_netfilter.conf\necho 'net.bridge.bridge-nf-call-iptables = 1' > /etc/sysctl.d/99-bridge-nf.conf`,
    next: network === null ? readNode(situation) : 'kubectl netdebug explain node-bridge-nf-off',
  };
}

/** Certain where the node itself says so. */
function confidenceOf(answers: readonly LocalAnswer[], network: NodeNetworkFacts | null): CauseConfidence {
  if (answers.some(({ contradicted }) => contradicted)) return 'possible';
  return network === null ? 'likely' : 'certain';
}

function settingOf({ node, sysctls }: NodeNetworkFacts): string {
  const value = sysctls[SYSCTL] ?? null;
  return value === null
    ? `node ${node} has no ${SYSCTL}: the module br_netfilter is not loaded`
    : `${SYSCTL} of node ${node} is ${value}`;
}

function networkWithoutBridge(facts: Facts): string {
  const owners = (facts.pods ?? [])
    .filter(({ owner }) => owner.startsWith('DaemonSet/'))
    .map(({ owner }) => owner.slice('DaemonSet/'.length));
  return owners.find((name) => WITHOUT_BRIDGE.has(name)) ?? '';
}
