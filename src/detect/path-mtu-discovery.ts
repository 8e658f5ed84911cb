import type { IcmpErrors } from '../conversations/icmp-errors.ts';
import { IcmpNews } from '../conversations/icmp-errors.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, plural } from './evidence.ts';
import type { Finding } from './finding.ts';
import { quotedFlow } from './icmp-flows.ts';

/** One round of errors tells a sender all; who hears it three times does not act on it. */
const MANY_ROUNDS = 3;
/** Every link carries this much: RFC 791 §3.2 for hosts of IPv4 (RFC 1122 §3.3.2), RFC 8200 §5 for IPv6. */
const LEAST_MTU = { 4: 576, 6: 1280 } as const;

/*
 * Seen: ICMP "fragmentation needed" or ICMPv6 "packet too big".
 * Means: path MTU discovery works: the sender is told to send smaller packets, and does so.
 * Worth a warning where it is told again and again, or is told a size that no link should have.
 */
function detect(observations: Observations): Finding[] {
  const flows = observations.icmpErrors.filter(({ news }) => news === IcmpNews.TooBig);
  const bySender = Map.groupBy(
    flows,
    (errors) => `${errors.sender} ${errors.source} ${errors.target} ${errors.targetPort}`,
  );
  return [...bySender.values()].map((all) => {
    const [first] = all as [IcmpErrors];
    const flow = quotedFlow(first);
    const rounds = Math.max(...all.map((errors) => errors.rounds));
    const mtus = all.map(({ leastMtu }) => leastMtu).filter((mtu) => mtu > 0);
    const mtu = mtus.length === 0 ? 0 : Math.min(...mtus);
    const tooSmall = mtu > 0 && mtu < LEAST_MTU[first.version === 4 ? 4 : 6];
    const evidence = joinEvidence(all.map(({ tally }) => tally));
    const says = mtu === 0 ? 'does not say which size fits' : `takes at most ${mtu} bytes`;
    const again = rounds >= MANY_ROUNDS ? `; the sender was told ${rounds} times and went on` : '';
    return finding(observations, 'path-mtu-discovery', evidence, {
      severity: tooSmall || rounds >= MANY_ROUNDS ? 'warning' : 'info',
      confidence: 'high',
      client: flow.client,
      server: flow.server,
      protocol: flow.protocol,
      text: `${plural(evidence.count, 'packet was', 'packets were')} too big: ${first.sender} ${says}${again}`,
      details: {},
    });
  });
}

/** T4: a router says that packets are too big for the path. */
export const pathMtuDiscovery: Detector = {
  id: 'path-mtu-discovery',
  severity: 'warning',
  doc: {
    title: 'A router says that packets are too big',
    seen: 'ICMP "fragmentation needed" (IPv4) or "packet too big" (IPv6) quotes packets of a connection.',
    meaning:
      'The path carries smaller packets than the sender thought. If the sender obeys, the connection goes on and only the first packets are late.',
    causes: [
      'the MTU of the pods does not leave room for the overlay (VXLAN needs 50 bytes, WireGuard 60, IP in IP 20)',
      'a VPN or tunnel on the way out of the cluster',
    ],
    misleads: [
      'One round of such errors for each new destination is how path MTU discovery works; that is info only.',
    ],
    next: [
      'ip link show eth0   (in the pod, and the tunnel device on the node)',
      'ping -M do -s 1372 ADDRESS   (in the pod)',
    ],
  },
  detect,
};
