import type { Group } from '../conversations/groups.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, judgedAttempts, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { exchangesOf } from './http-requests.ts';

/*
 * Seen: an RST that acknowledges the SYN comes back within 2 s.
 * Means: the packet arrived at a host on which nobody listens, or a firewall rejects in its name (its
 * time to live then differs from that of the host's other packets).
 * False positives: a server that is still starting (later attempts succeed: warning; of probes only: info).
 */
function detect(observations: Observations): Finding[] {
  return observations.groups
    .filter((group) => group.refused.count > 0)
    .map((group) => {
      const attempts = judgedAttempts(group);
      const refused = group.refused.count;
      const worksNow = group.lastAnsweredNs > group.refused.lastNs;
      const share =
        refused === attempts
          ? attempts === 1
            ? 'the only connection was'
            : `all ${attempts} connections were`
          : `${refused} of ${attempts} connections were`;
      const ttlDiffers = group.serverTtl !== 0 && group.serverTtl !== group.refusalTtl;
      const ttl = ttlDiffers
        ? ` (TTL ${group.refusalTtl}, the server's own packets have ${group.serverTtl}: another host refuses in its name)`
        : '';
      const later = worksNow ? '; later ones were accepted' : '';
      return finding(observations, 'tcp-refused', group.refused, {
        severity: wasStarting(group) ? 'info' : worksNow ? 'warning' : 'error',
        confidence: 'high',
        client: group.client,
        server: serverOf(group),
        protocol: 'TCP',
        text: `${share} refused by RST${ttl}${later}`,
        details: {
          attempts,
          succeeded: group.answered,
          refusalTtl: group.refusalTtl,
          hostTtl: group.serverTtl,
        },
      });
    });
}

/** Whether only probes of the kubelet were refused, and none any more once the first was answered. */
function wasStarting(group: Group): boolean {
  const probes = exchangesOf(group, true);
  return (
    probes.length > 0 &&
    exchangesOf(group, false).length === 0 &&
    probes.every(({ firstNs }) => firstNs > group.refused.lastNs)
  );
}

/** C2: connections refused by a reset. */
export const tcpRefused: Detector = {
  id: 'tcp-refused',
  severity: 'error',
  doc: {
    title: 'TCP connections are refused with a reset',
    seen: 'The answer to the SYN is an RST.',
    meaning:
      'The packets arrive, but nobody listens on that address and port. Applications report "connection refused".',
    causes: [
      'the targetPort of the Service is not the port on which the program listens',
      'the program listens on 127.0.0.1 only, or has crashed, or is still starting',
      'a firewall or mesh refuses in the name of the server (the time to live of the RST then differs)',
    ],
    misleads: [
      'A Service without endpoints also gives "connection refused", but by an ICMP error: that is tcp-rejected-by-icmp.',
      'Refusals before the first success are a server that was starting: a warning only, and information if only probes of the kubelet were refused.',
    ],
    next: [
      "kubectl get service SERVICE -n NAMESPACE -o jsonpath='{.spec.ports}'",
      'kubectl debug POD -n NAMESPACE -it --image=IMAGE -- ss -ltn',
    ],
  },
  detect,
};
