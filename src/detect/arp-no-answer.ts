import type { NeighbourTarget } from '../conversations/neighbour-target.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, plural } from './evidence.ts';
import type { Finding } from './finding.ts';

/** Linux asks three times before it gives up (net.ipv4.neigh.default.mcast_solicit). */
const MIN_REQUESTS = 3;

/*
 * Seen: at least three ARP requests of one host in a row for an address, and the address never speaks.
 * Means: no host on this link has the address; Linux reports "no route to host" after about 3 s.
 * False positives: probes for a free address (no sender address) and announcements are not counted. Requests
 * of other hosts are broadcast, the answers to them are not: who asks once does not count, and what a neighbour of the
 * captured host misses is information.
 */
function detect(observations: Observations): Finding[] {
  const captured = capturedHosts(observations);
  return observations.arp
    .filter((target) => !target.answered && target.repeats >= MIN_REQUESTS)
    .map((target) =>
      finding(observations, 'arp-no-answer', target.requests, {
        severity: isOfNeighbour(target, captured) ? 'info' : 'error',
        confidence: 'high',
        client: target.requesters > 1 ? '*' : target.requester,
        server: target.address,
        protocol: 'ARP',
        text: `${plural(target.requests.count, 'ARP request')} for ${target.address}, no answer`,
        details: { attempts: target.requests.count, succeeded: 0 },
      }),
    );
}

/** The hosts that take part in every IPv4 conversation: in a pod's capture the pod, in a node's nobody. */
function capturedHosts({ groups }: Observations): readonly string[] {
  const pairs = groups.flatMap(({ client, server }) => (client.includes(':') ? [] : [[client, server]]));
  return (pairs[0] ?? []).filter((address) => pairs.every((pair) => pair.includes(address)));
}

/** Whether another host than the captured one asks: the bridge shows its questions to every pod of the node. */
function isOfNeighbour({ requesters, requester }: NeighbourTarget, captured: readonly string[]): boolean {
  return captured.length > 0 && requesters === 1 && !captured.includes(requester);
}

/** A1: nobody on the link has the address. */
export const arpNoAnswer: Detector = {
  id: 'arp-no-answer',
  severity: 'error',
  doc: {
    title: 'ARP requests get no answer',
    seen: 'One host sends three or more ARP requests for an address in a row, and no ARP packet from it comes.',
    meaning:
      'No host on this link has the address. Programs get "no route to host" after about three seconds, and no IP packet is ever sent.',
    causes: [
      'the pod with this address is gone',
      'the gateway of the pod does not answer (CNI, proxy ARP)',
      'a wrong subnet or route in the pod',
    ],
    misleads: [
      'On a bridge every pod sees what its neighbours and the node ask for; where another host asks than the captured one, it is information only.',
      'A scan of the subnet asks for many addresses that nobody has; then the requests are one finding.',
    ],
    next: [
      'kubectl get pods -A -o wide --field-selector status.podIP=ADDRESS',
      'ip neigh; ip route   (in the pod)',
    ],
  },
  detect,
};
