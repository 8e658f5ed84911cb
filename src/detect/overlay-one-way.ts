import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, plural } from './evidence.ts';
import type { Finding } from './finding.ts';
import { requestsThrough, tunnelEnds } from './tunnel-requests.ts';

const ID = 'overlay-one-way';
/** A single packet may be on its way still. */
const MIN_PACKETS = 3;
/** A single pod that is silent may be dead, or shut off by a policy: the tunnel need not be the reason. */
const MIN_SERVERS = 2;

/*
 * Seen: tunnel packets go to a host, none come back, and what pods ask through them gets no answer, while tunnels
 * with other hosts carry both directions.
 * Means: something between the two nodes drops the tunnel's packets.
 * False positives: a capture of one direction only, or answers that take another way: nothing is said unless
 * another tunnel of the same sender has packets in both directions, or if one of the requests was answered. Where all
 * requests went to one pod, it is told as information only.
 */
function detect(observations: Observations): Finding[] {
  const { tunnels } = observations;
  const ways = new Set(tunnels.map(({ sender, receiver }) => `${sender} ${receiver}`));
  return tunnels.flatMap((path) => {
    const { sender, receiver, packets } = path;
    if (packets.count < MIN_PACKETS || ways.has(`${receiver} ${sender}`)) return [];
    const others = tunnels.filter(
      (other) => other.receiver === sender && ways.has(`${sender} ${other.sender}`),
    );
    if (others.length === 0) return [];
    const asked = requestsThrough(path, observations);
    const servers = new Set(asked.filter(({ silent }) => silent.count > 0).map(({ server }) => server)).size;
    if (asked.some(({ answered }) => answered > 0)) return [];
    const unanswered = asked.reduce((sum, { silent }) => sum + silent.count, 0);
    if (unanswered === 0) return [];
    return finding(observations, ID, packets, {
      severity: servers >= MIN_SERVERS ? 'error' : 'info',
      confidence: servers >= MIN_SERVERS ? 'high' : 'low',
      ...tunnelEnds(path),
      text: `${plural(packets.count, 'tunnel packet')} from ${sender} to ${receiver}, none back: ${plural(unanswered, 'connection or request', 'connections or requests')} inside to ${plural(servers, 'pod')} got no answer; tunnels with ${plural(others.length, 'other host')} carry both directions`,
      details: {},
    });
  });
}

/** E1: a tunnel between two nodes carries one direction only. */
export const overlayOneWay: Detector = {
  id: 'overlay-one-way',
  severity: 'error',
  doc: {
    title: 'The overlay network carries nothing back from a node',
    seen: 'Tunnel packets (VXLAN, Geneve, IP in IP, GRE) go to a node, none come from it, and connections inside get no answer; tunnels with other nodes work.',
    meaning: 'No pod on one of the two nodes can talk to a pod on the other one.',
    causes: [
      'a security group or host firewall blocks the tunnel: UDP 4789 or 8472 (VXLAN), 6081 (Geneve), IP protocol 4 (IP in IP)',
      'the overlay has a wrong address of the node, for instance after it got a new one or has several interfaces',
      'the node, or the network agent on it, is down',
    ],
    misleads: [
      'In a capture of one direction every tunnel looks like this: nothing is said unless another one carries both directions.',
      'Where all requests went to one pod, that pod may be dead or shut off by a policy: then it is information only.',
      'Where requests are answered another way (direct server return) the tunnel is meant to carry one direction.',
    ],
    next: [
      'capture on the other node as well: kubectl netdebug trace node/NODE',
      'kubectl get nodes -o wide   (is the address the one that the tunnel goes to?)',
      'nft list ruleset | grep -E "4789|8472|6081"   (on both nodes)',
    ],
  },
  detect,
};
