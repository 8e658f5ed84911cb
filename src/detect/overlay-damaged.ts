import { endpointText } from '../conversations/address.ts';
import { IcmpNews } from '../conversations/icmp-errors.ts';
import type { IcmpErrors } from '../conversations/icmp-errors.ts';
import type { Observations } from '../conversations/observations.ts';
import type { TunnelPath } from '../conversations/tunnel-paths.ts';
import type { Detector } from './detector.ts';
import { finding, plural } from './evidence.ts';
import type { Finding } from './finding.ts';
import { requestsThrough, tunnelEnds } from './tunnel-requests.ts';

const ID = 'overlay-damaged';
/** One packet may have been damaged on the way. */
const MIN_WRONG_CHECKSUMS = 2;
/** A few fragments cost nothing. */
const MIN_FRAGMENTED = 3;
/** One round of errors tells a sender all; who hears it three times does not act on it. */
const MANY_ROUNDS = 3;
const TUNNEL_PORTS: readonly number[] = [4789, 8472, 6081];
/** IP in IP, GRE. */
const TUNNEL_PROTOCOLS: readonly number[] = [4, 47];
const UDP = 17;

/*
 * Seen: (1) every handshake segment from a host comes in a tunnel packet with a wrong checksum, and the connections
 * inside do not come about; (2) tunnel packets are sent in fragments; (3) a router says that they are too big.
 * Means: (1) the receiver drops what it gets; (2, 3) the MTU of the pods leaves no room for the tunnel's headers.
 * False positives: before a network card fills checksums in, they are all wrong: tunnel packets that look like it,
 * outside or inside, are not judged.
 */
function detect(observations: Observations): Finding[] {
  return [
    ...observations.tunnels.flatMap((path) => [
      ...wrongChecksums(observations, path),
      ...fragmented(observations, path),
    ]),
    ...observations.icmpErrors.filter(isAboutTunnel).map((errors) => tooBig(observations, errors)),
  ];
}

function wrongChecksums(observations: Observations, path: TunnelPath): Finding[] {
  const { wrongChecksums: wrong, rightChecksums, sender, receiver } = path;
  if (wrong.count < MIN_WRONG_CHECKSUMS || rightChecksums > 0) return [];
  const asked = requestsThrough(path, observations);
  const failed = asked.reduce((sum, { silent }) => sum + silent.count, 0);
  const late = asked.reduce((sum, { symptoms }) => sum + (symptoms.get('tcp-slow-connect')?.count ?? 0), 0);
  if (failed + late === 0) return [];
  const harm =
    failed > 0
      ? `${plural(failed, 'connection')} inside got no answer`
      : `${plural(late, 'connection')} inside took more than one SYN`;
  return [
    finding(observations, ID, wrong, {
      severity: failed > 0 ? 'error' : 'warning',
      confidence: 'medium',
      ...tunnelEnds(path),
      text: `all ${wrong.count} handshake segments from ${sender} to ${receiver} came in tunnel packets with a wrong UDP checksum: ${harm}`,
      details: {},
    }),
  ];
}

function fragmented(observations: Observations, path: TunnelPath): Finding[] {
  if (path.fragmented.count < MIN_FRAGMENTED) return [];
  return [
    finding(observations, ID, path.fragmented, {
      severity: 'info',
      confidence: 'high',
      ...tunnelEnds(path),
      text: `${path.fragmented.count} of ${plural(path.packets.count, 'tunnel packet')} from ${path.sender} to ${path.receiver} went in fragments: the overlay's MTU leaves no room for its own headers`,
      details: { attempts: path.packets.count },
    }),
  ];
}

function isAboutTunnel({ news, protocol, targetPort }: IcmpErrors): boolean {
  if (news !== IcmpNews.TooBig) return false;
  return TUNNEL_PROTOCOLS.includes(protocol) || (protocol === UDP && TUNNEL_PORTS.includes(targetPort));
}

function tooBig(observations: Observations, errors: IcmpErrors): Finding {
  const { sender, source, target, targetPort, protocol, rounds, leastMtu, tally } = errors;
  const fits = leastMtu === 0 ? '' : `, ${leastMtu} bytes fit`;
  return finding(observations, ID, tally, {
    severity: rounds >= MANY_ROUNDS ? 'warning' : 'info',
    confidence: 'high',
    client: source,
    server: protocol === UDP ? endpointText(target, targetPort) : target,
    protocol: protocol === UDP ? 'UDP' : '',
    text: `${sender} says that tunnel packets from ${source} to ${target} are too big${fits}: the overlay's MTU does not suit the network between the nodes`,
    details: {},
  });
}

/** E2: tunnel packets that are damaged, or too big for the network between the nodes. */
export const overlayDamaged: Detector = {
  id: 'overlay-damaged',
  severity: 'error',
  doc: {
    title: 'Packets of the overlay network are damaged or too big',
    seen: 'Tunnel packets (VXLAN, Geneve) with handshakes inside have a wrong UDP checksum, or tunnel packets are sent in fragments, or a router answers them with "packet too big".',
    meaning:
      'With wrong checksums the receiving node drops the packets, and connections between nodes come about late (after 63 seconds) or never. Fragments work but are slow, and a firewall may drop them.',
    causes: [
      'checksum offload of the tunnel device or network card that is broken for translated packets',
      'an MTU of the pods that does not leave room for the overlay: VXLAN needs 50 bytes (70 over IPv6), Geneve 50 and its options, IP in IP 20',
    ],
    misleads: [
      'Where packets are captured before the network card fills checksums in, all checksums are wrong; such packets are recognised and not judged.',
    ],
    next: [
      'ethtool -K vxlan.calico tx-checksum-ip-generic off   (on the node, as a test; flannel.1 with flannel)',
      'ip -d link show type vxlan   (on the nodes: mtu, udpcsum)',
      'ping -M do -s 1422 ADDRESS   (to a pod on the other node)',
    ],
  },
  detect,
};
