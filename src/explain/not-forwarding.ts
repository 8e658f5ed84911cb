import { isIPv6 } from '../cluster/address.ts';
import type { NodeNetworkFacts } from '../cluster/node-network-facts.ts';
import { packets } from './evidence.ts';
import type { DraftCause, Situation } from './explainer.ts';
import { counterOf, forwardsFor, grewText, networksOf, readAtText } from './node-view.ts';
import { isSilence } from './policies.ts';
import { accountsFor, waysOf, type Way } from './ways.ts';

/** Nodes that were looked into and do not forward what got no answer. */
export function notForwarding(situation: Situation): DraftCause[] {
  const silent = situation.findings.filter(({ finding }) => isSilence(finding));
  return networksOf(situation).flatMap((network): DraftCause[] => {
    const { node } = network;
    const stopped = silent.filter((placed) => {
      const ways = waysOf(placed, situation);
      return accountsFor(
        ways.filter((way) => isStopped(way, network)),
        ways,
        placed,
      );
    });
    const [first] = stopped;
    if (first === undefined) return [];
    const sysctl = sysctlFor(first.address);
    return [
      {
        isRead: true,
        confidence: 'certain',
        findingIndexes: stopped.map(({ index }) => index),
        text: `Node ${node} does not forward packets: ${sysctl} is 0 there`,
        evidence: [
          ...stopped.map(packets),
          readAtText(network),
          `${sysctl} of node ${node} is ${network.sysctls[sysctl] ?? 'on, but off for the interface'}`,
          ...['IpInAddrErrors', 'Ip6InAddrErrors'].flatMap((name) => {
            const counter = counterOf(network, name);
            return counter === null || counter.total === 0 ? [] : [grewText(network, name, counter)];
          }),
        ],
        fix: turnOn(node, sysctl, ', and kept over a reboot'),
        next: 'kubectl netdebug explain node-ip-forward-off',
      },
    ];
  });
}

/** Whether the node has to forward a way's packets and does not. Without a Service, pods of one node meet on its bridge. */
function isStopped(way: Way, network: NodeNetworkFacts): boolean {
  const isBridged = way.placed.service === null && way.clientNode === way.serverNode;
  return (
    way.forwarders.includes(network.node) &&
    !isBridged &&
    [way.client, way.server].some((address) => forwardsFor(network, address) === false)
  );
}

/** The setting that lets a node forward packets of the address's family. */
export function sysctlFor(address: string): string {
  return isIPv6(address) ? 'net.ipv6.conf.all.forwarding' : 'net.ipv4.ip_forward';
}

/** The fix, to paste on the node. */
export function turnOn(node: string, sysctl: string, how: string): string {
  return `on node ${node}${how}:\nsysctl -w ${sysctl}=1\necho '${sysctl} = 1' > /etc/sysctl.d/99-kubernetes-forward.conf`;
}
