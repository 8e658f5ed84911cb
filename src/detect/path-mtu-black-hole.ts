import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { describeSymptoms, sideName } from './symptoms.ts';
import { judgeStall } from './tcp-stalled.ts';

const ID = 'path-mtu-black-hole';

/*
 * Seen: the handshake and smaller segments get through, full ones are sent again and again and never arrive.
 * Means: the path carries less than the hosts believe, and the ICMP error that would tell them is missing.
 * False positives: plain loss hits small segments too; a closed window is not counted.
 */
function detect(observations: Observations): Finding[] {
  return describeSymptoms(observations, ID, ({ group, symptom }) => {
    if (group.packetsFromServer === 0) return undefined;
    const passedBytes = symptom.largest.get('passedBytes') ?? 0;
    const lostBytes = symptom.largest.get('lostBytes') ?? 0;
    const mss = symptom.largest.get('mss') ?? 0;
    const by = sideName(symptom.largest.get('side') ?? 0);
    const negotiated = mss > 0 ? `; the hosts agreed on ${mss}` : '';
    return finding(observations, ID, symptom, {
      severity: 'error',
      confidence: 'high',
      client: group.client,
      server: serverOf(group),
      protocol: 'TCP',
      text: `in ${plural(symptom.count, 'connection')} segments of ${lostBytes} bytes of the ${by} never arrive, ${passedBytes} bytes do${negotiated}`,
      details: { attempts: group.conversations, by, passedBytes, lostBytes },
    });
  });
}

/** T3: large segments vanish. */
export const pathMtuBlackHole: Detector = {
  id: 'path-mtu-black-hole',
  severity: 'error',
  doc: {
    title: 'Large segments vanish on the way (path MTU black hole)',
    seen: 'After a good handshake smaller segments are acknowledged, but full ones are sent again at least three times and never are; no ICMP "fragmentation needed" arrives.',
    meaning:
      'Some link on the way carries smaller packets than both hosts believe. Small requests work, large ones and TLS handshakes hang.',
    causes: [
      'the MTU of the pods does not leave room for the overlay’s headers (VXLAN 50 bytes, IPIP 20, WireGuard 60 and more)',
      'a VPN or cloud link with a smaller MTU whose ICMP errors are filtered',
    ],
    misleads: [
      'Plain loss hits segments of every size.',
      'In captures before segmentation offload segments look larger than on the wire; the size that is sent again is the true one.',
    ],
    next: [
      'ip link   (MTU in the pod, and of the node’s NIC and tunnel)',
      'ping -M do -s 1400 ADDRESS   (from the pod; find the size that still passes)',
    ],
  },
  judge: (conversation) => judgeStall(conversation, ID, 'black-hole'),
  detect,
};
