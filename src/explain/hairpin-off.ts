import { addressKey } from '../cluster/address.ts';
import type { NodeInterfaceFacts } from '../cluster/node-network-facts.ts';
import { listed, packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence, Unknown } from './explanation.ts';
import { networkOf, notLookedInto, readAtText, readNode, routeTo } from './node-view.ts';
import { accountsFor, waysOf } from './ways.ts';

/** A pod that dials its own Service and is sent back to itself gets no answer. */
export const hairpinOff: Explainer = {
  id: 'hairpin-off',
  doc: {
    title: 'The bridge does not send a pod’s packets back to it',
    meaning:
      'A pod that is an endpoint of a Service and dials that Service is sent to itself every now and then. On a Linux bridge that packet has to leave by the port by which it came, which the bridge does only with hairpin mode on that port. Without it one of as many connections as there are endpoints hangs, all of them if the pod is the only one.',
    recognition:
      'Connections of a pod to a Service of which it is an endpoint get no answer, as many of them as chance would send to itself. With --read-node it is certain if no port of the bridge on its node has hairpin mode, and the bridge is not in promiscuous mode, which stands in for it.',
    caveats:
      'Without a look into the node it is likely only if the pod is the only endpoint. Networks that route to each pod (Calico, Cilium, AWS VPC CNI) have no such bridge. If the SYN comes back to the pod with its own address as the sender, hairpin mode is on and the masquerading is missing.',
    fix: 'Set hairpinMode of the bridge plugin in /etc/cni/net.d (or hairpinMode: hairpin-veth of the kubelet), and replace the pods; or have the program dial itself on 127.0.0.1.',
  },
  explain(situation: Situation): Explained {
    const judged = situation.findings.flatMap((placed) => judge(placed, situation));
    return {
      causes: judged.flatMap(({ causes }) => causes),
      unknowns: judged.flatMap(({ unknowns }) => unknowns),
    };
  },
};

function judge(placed: PlacedFinding, situation: Situation): Explained[] {
  const { finding, client, service } = placed;
  if (finding.id !== 'tcp-syn-no-answer' || client === null || service === null || client.node === '')
    return [];
  const ways = waysOf(placed, situation);
  const own = ways.filter(({ server }) =>
    client.addresses.some((address) => addressKey(address) === addressKey(server)),
  );
  if (!accountsFor(own, ways, placed)) return [];
  const network = networkOf(client.node, situation);
  const bridge = network === null ? null : routeTo(network, finding.client);
  const ports = network?.interfaces?.filter((port) => port.bridge !== '' && port.bridge === bridge?.device);
  if (network === null || ports === undefined || bridge === null) {
    const unknown: Unknown = notLookedInto('hairpin mode of the bridge', client.node, situation);
    return [
      {
        causes: [cause(placed, own.length === ways.length ? 'likely' : 'possible', [], situation)],
        unknowns: [unknown],
      },
    ];
  }
  const off = ports.filter((port) => isOff(port, network.interfaces ?? []));
  if (off.length === 0) return [];
  const evidence = [
    readAtText(network),
    `hairpin mode on node ${network.node} is off at ${off.length} of ${ports.length} ports of its bridge: ${listed(off.map(({ name }) => name))}`,
  ];
  return [
    {
      causes: [cause(placed, off.length === ports.length ? 'certain' : 'likely', evidence, situation)],
      unknowns: [],
    },
  ];
}

/** In promiscuous mode the bridge hands each packet up, and the node sends it back itself. */
function isOff({ hairpin, bridge }: NodeInterfaceFacts, all: readonly NodeInterfaceFacts[]): boolean {
  return hairpin === false && all.find(({ name }) => name === bridge)?.isPromiscuous !== true;
}

function cause(
  placed: PlacedFinding,
  confidence: CauseConfidence,
  evidence: readonly string[],
  situation: Situation,
): DraftCause {
  const { client, service } = placed;
  const node = client?.node ?? '';
  const pod = client === null ? '' : path(client);
  return {
    ...(confidence === 'certain' ? { isRead: true } : {}),
    confidence,
    findingIndexes: [placed.index],
    text: `Pod ${pod} dials Service ${service === null ? '' : path(service)}, of which it is an endpoint itself, and the bridge of node ${node} ${confidence === 'certain' ? 'does not send' : 'may not send'} its packets back to it (hairpin mode)`,
    evidence: [
      packets(placed),
      ...situation.directory
        .endpointsOf(service ?? { namespace: '', name: '' })
        .filter((endpoint) => endpoint.pod !== null && endpoint.pod === client)
        .map(
          ({ address, slice }) =>
            `EndpointSlice ${service?.namespace ?? ''}/${slice}: ${address} is the pod ${pod} itself`,
        ),
      ...evidence,
    ],
    fix: `set "hairpinMode": true of the bridge plugin in /etc/cni/net.d of node ${node} and replace its pods; or have the program dial itself on 127.0.0.1`,
    next: evidence.length === 0 ? readNode(situation) : 'kubectl netdebug explain hairpin-off',
  };
}
