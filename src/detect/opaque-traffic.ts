import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, plural } from './evidence.ts';
import type { Finding } from './finding.ts';

/*
 * Seen: packets of IPsec (ESP, also inside UDP) or WireGuard.
 * Means: what they carry cannot be seen here; findings of this capture say nothing about it.
 */
function detect(observations: Observations): Finding[] {
  const tunnels = observations.groups.filter((group) => group.applications.has('WireGuard'));
  const packets = tunnels.reduce((sum, group) => sum + group.packets, 0);
  const { encrypted } = observations;
  if (packets + encrypted.count === 0) return [];
  const parts = [
    ...(encrypted.count === 0 ? [] : [plural(encrypted.count, 'ESP packet')]),
    ...(packets === 0 ? [] : [plural(packets, 'WireGuard packet')]),
  ];
  const times = tunnels.map((group) => ({
    count: group.packets,
    firstNs: group.firstNs,
    lastNs: group.lastNs,
    frames: [],
  }));
  return [
    finding(observations, 'opaque-traffic', joinEvidence([encrypted, ...times]), {
      severity: 'info',
      confidence: 'high',
      client: '',
      server: '',
      protocol: '',
      text: `${parts.join(' and ')}: what is inside is encrypted and was not analysed`,
      details: {},
    }),
  ];
}

/** K7: traffic that cannot be looked into. */
export const opaqueTraffic: Detector = {
  id: 'opaque-traffic',
  severity: 'info',
  doc: {
    title: 'Part of the traffic is encrypted between hosts',
    seen: 'The capture holds packets of IPsec (ESP, also inside UDP) or WireGuard.',
    meaning: 'The conversations inside are invisible at this place; the report says nothing about them.',
    causes: ['the CNI encrypts traffic between nodes (Cilium, Calico)', 'a VPN that ends on the node'],
    misleads: ['TLS is encrypted as well, but its handshake and its segments are visible.'],
    next: ['kubectl netdebug pod/POD   (capture in the pod, where it is not encrypted)'],
  },
  detect,
};
