import type { Observations } from '../conversations/observations.ts';
import type { Group } from '../conversations/groups.ts';
import type { Detector } from './detector.ts';
import { finding, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';

/** Whether a pod's own SYN came back to it: sender and receiver are one address, and no loopback one. */
export function isHairpin(group: Group): boolean {
  return group.client === group.server && !group.client.startsWith('127.') && group.client !== '::1';
}

/*
 * Seen: a SYN from an address to itself, on a wire, and nothing answers it.
 * Means: the pod dialled a Service of which it is an endpoint itself; the packet was sent back to it with its
 * own address as the sender, which its kernel drops (a "martian" source).
 * False positives: none known; a working hairpin is masqueraded and shows another sender.
 */
function detect(observations: Observations): Finding[] {
  return observations.groups
    .filter((group) => group.protocol === 'TCP' && group.silent.count > 0 && isHairpin(group))
    .map((group) =>
      finding(observations, 'hairpin-failed', group.silent, {
        severity: 'warning',
        confidence: 'high',
        client: group.client,
        server: serverOf(group),
        protocol: 'TCP',
        text: `${plural(group.silent.count, 'connection')} of the pod came back to the pod itself with its own address as the sender, and got no answer`,
        details: { attempts: group.conversations, succeeded: group.answered, synSegments: group.silentSyns },
      }),
    );
}

/** C7: a pod cannot reach itself through its Service. */
export const hairpinFailed: Detector = {
  id: 'hairpin-failed',
  severity: 'warning',
  doc: {
    title: 'A pod cannot reach itself through its Service',
    seen: 'A SYN whose sender and receiver are the same address arrives at the pod and is not answered.',
    meaning:
      'The pod is an endpoint of the Service that it dialled, and its connection was sent back to it. One of as many connections as there are endpoints hangs.',
    causes: [
      'hairpin mode is off on the pod’s port of the bridge, or such traffic is not masqueraded',
      'the kubelet’s hairpinMode or the CNI’s setting for it',
    ],
    misleads: ['Connections over the loopback interface to the pod’s own address are not seen on its NIC.'],
    next: [
      'cat /sys/class/net/VETH/brport/hairpin_mode   (on the node)',
      'dial the program on 127.0.0.1 instead of the Service',
    ],
  },
  detect,
};
