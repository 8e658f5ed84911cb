import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { clientsThatHear, finding, joinEvidence, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';

/*
 * Seen: three or more WireGuard handshake initiations between two addresses, and neither a response nor data.
 * Means: the tunnel is down: the messages are dropped, or the peer does not accept the key.
 * False positives: captures of one direction; a client to which nothing at all comes in is left out.
 */
function detect(observations: Observations): Finding[] {
  const hearing = clientsThatHear(observations);
  return observations.groups.flatMap((group) => {
    const events = group.events.ofKind('wireguard-no-handshake');
    if (events.length === 0 || group.protocol !== 'UDP') return [];
    const bothSpeak = group.packetsFromServer > 0;
    if (!bothSpeak && !observations.bothDirections && !hearing.has(group.client)) return [];
    const initiations = events.reduce(
      (sum, { fields, count }) => sum + Number(fields['initiations'] ?? 0) * count,
      0,
    );
    const way = bothSpeak ? 'of both sides' : 'without any answer';
    return finding(
      observations,
      'wireguard-no-handshake',
      { ...joinEvidence(events), count: initiations },
      {
        severity: 'error',
        confidence: 'high',
        client: group.client,
        server: serverOf(group),
        protocol: 'UDP',
        text: `${plural(initiations, 'WireGuard handshake initiation')} ${way}, no handshake`,
        details: { attempts: initiations, succeeded: 0 },
      },
    );
  });
}

/** E3: a WireGuard tunnel that does not come up. */
export const wireguardNoHandshake: Detector = {
  id: 'wireguard-no-handshake',
  severity: 'error',
  doc: {
    title: 'A WireGuard handshake does not succeed',
    seen: 'Handshake initiations are repeated every five seconds, and no response and no data come back.',
    meaning:
      'Nothing gets through the tunnel. Between nodes that is all traffic of the pods on one side with those on the other.',
    causes: [
      'a security group or firewall blocks the UDP port (51820, 51871 with Cilium)',
      'the peers do not have each other’s current public key',
      'the endpoint address of the peer is not reachable or has changed',
    ],
    misleads: [
      'WireGuard does not answer at all where it does not know the key; it looks the same as a blocked port.',
    ],
    next: [
      'wg show   (on both nodes: latest handshake, endpoint, public key)',
      'cilium encrypt status; calicoctl node status',
    ],
  },
  detect,
};
