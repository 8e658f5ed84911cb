import type { Group } from '../conversations/groups.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { clientsThatHear, finding, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';

/** Services over UDP that answer each request; DNS and QUIC have detectors of their own. */
const SERVICES: ReadonlyMap<number, string> = new Map([
  [88, 'Kerberos'],
  [111, 'portmapper'],
  [123, 'NTP'],
  [161, 'SNMP'],
  [389, 'LDAP'],
  [1812, 'RADIUS'],
  [1813, 'RADIUS accounting'],
  [3478, 'STUN'],
  [11211, 'memcached'],
]);
const MIN_REQUESTS = 3;

/*
 * Seen: three or more datagrams to a port whose service answers each request, and no datagram back.
 * Means: the requests or the answers are dropped, or nobody listens and nothing says so.
 * False positives: captures of one direction; multicast and broadcast, which nobody has to answer.
 */
function detect(observations: Observations): Finding[] {
  const hearing = clientsThatHear(observations);
  return observations.groups
    .filter((group) => isSilent(group) && (observations.bothDirections || hearing.has(group.client)))
    .map((group) => {
      const { firstNs, lastNs, frames } = group.silent;
      return finding(
        observations,
        'udp-no-answer',
        { count: group.packets, firstNs, lastNs, frames },
        {
          severity: 'info',
          confidence: 'medium',
          client: group.client,
          server: serverOf(group),
          protocol: 'UDP',
          text: `${plural(group.packets, 'datagram')} to ${SERVICES.get(group.port) ?? 'UDP'} got no answer`,
          details: { attempts: group.packets, succeeded: 0 },
        },
      );
    });
}

function isSilent(group: Group): boolean {
  if (group.protocol !== 'UDP' || !SERVICES.has(group.port) || isManyfold(group.server)) return false;
  return group.packets >= MIN_REQUESTS && group.packetsFromServer === 0 && group.silent.count > 0;
}

/** Multicast (RFC 5771, RFC 4291 §2.7), broadcast, or many servers put together. */
function isManyfold(address: string): boolean {
  const first = Number(address.split('.')[0]);
  return address === '*' || address.endsWith('.255') || first >= 224 || address.startsWith('ff');
}

/** U1: requests over UDP without answers. */
export const udpNoAnswer: Detector = {
  id: 'udp-no-answer',
  severity: 'info',
  doc: {
    title: 'Requests over UDP get no answer',
    seen: 'Three or more datagrams go to a service that answers each request (NTP, SNMP, RADIUS, Kerberos and others), and none comes back.',
    meaning: 'The program waits for its time-out each time, often without a word in its log.',
    causes: [
      'a NetworkPolicy or firewall that does not allow the UDP port',
      'the server is not reachable from pods',
      'the server does not know the client, and keeps silent (RADIUS, SNMP)',
    ],
    misleads: ['Some servers answer only to the clients that they know.'],
    next: [
      'kubectl get networkpolicies -n NAMESPACE -o yaml   (is the UDP port allowed?)',
      'the log of the server',
    ],
  },
  detect,
};
