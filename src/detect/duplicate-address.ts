import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, plural } from './evidence.ts';
import type { Finding } from './finding.ts';

/** From here on it is no slip: two hosts fight for the address. */
const MANY_CONFLICTS = 3;

/*
 * Seen: two hardware addresses claim one IPv4 address by turns, or both answer one ARP request.
 * Means: packets to the address go now to the one host, now to the other.
 * False positives: an address that moves for good (failover of a load balancer) is claimed once by its new
 * owner; captures of all interfaces at once are left out, because each interface may have its own gateway.
 */
function detect(observations: Observations): Finding[] {
  return observations.owners
    .filter(({ conflicts }) => conflicts.count > 0)
    .map(({ address, conflicts, claimants }) =>
      finding(observations, 'duplicate-address', conflicts, {
        severity: conflicts.count >= MANY_CONFLICTS ? 'error' : 'warning',
        confidence: conflicts.count >= MANY_CONFLICTS ? 'high' : 'medium',
        client: '',
        server: address,
        protocol: 'ARP',
        text: `${address} is claimed by turns by ${[...claimants].join(' and ')} (${plural(conflicts.count, 'time')})`,
        details: {},
      }),
    );
}

/** A2: two hosts have one address. */
export const duplicateAddress: Detector = {
  id: 'duplicate-address',
  severity: 'error',
  doc: {
    title: 'Two hosts claim one address',
    seen: 'ARP packets with two hardware addresses claim one IPv4 address within a minute of each other, there and back, or both answer one request.',
    meaning:
      'Connections to the address break off or reach the wrong host, depending on whom the neighbours heard last.',
    causes: [
      'two pods, nodes or machines have been given the same address',
      'a host that answers for others (proxy ARP, ARP spoofing)',
      'two nodes both announce the address of a load balancer (MetalLB, keepalived)',
    ],
    misleads: [
      'An address that moves once is a failover, and not counted.',
      'Bonded network cards may use several hardware addresses on purpose.',
    ],
    next: [
      'kubectl get pods -A -o wide --field-selector status.podIP=ADDRESS',
      'arping -D -I eth0 ADDRESS   (on a node of that network)',
    ],
  },
  detect,
};
