import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { askedFor } from './tls-words.ts';

/*
 * Seen: the first words of client and server are of different protocols.
 * Means: the port is not the one the client takes it for, or one side speaks TLS and the other does not.
 * False positives: none known where both first words were captured; after a gap nothing is concluded.
 */
function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) =>
    group.events
      .ofKind('wrong-protocol')
      .filter(({ fields }) => 'asked' in fields)
      .map((event) => {
        const { asked, answered } = event.fields;
        const times = event.count === 1 ? '' : `, in ${event.count} connections`;
        return finding(observations, 'wrong-protocol', event, {
          severity: 'error',
          confidence: 'high',
          client: group.client,
          server: serverOf(group),
          protocol: 'TCP',
          text: `the client speaks ${asked}, but the server's answer is: ${answered}${times}`,
          details: {
            attempts: group.answered,
            spoke: { asked: String(asked), answered: String(answered) },
            ...(asked === 'TLS' ? { tls: askedFor([event]) } : {}),
          },
        });
      }),
  );
}

/** L3: the two sides speak different protocols. */
export const wrongProtocol: Detector = {
  id: 'wrong-protocol',
  severity: 'error',
  doc: {
    title: 'Client and server speak different protocols',
    seen: 'The client’s first bytes are of one protocol (TLS, HTTP), the server’s first bytes of another (HTTP, HTML, SSH, a TLS alert).',
    meaning:
      'The connection reaches a program, but not the one the client means, or one side uses TLS and the other does not. Every request fails.',
    causes: [
      'the Service’s port points to the wrong targetPort, or its name or appProtocol tells a mesh the wrong protocol',
      'an ingress speaks HTTP to an HTTPS backend or the other way round (the backend-protocol annotation)',
      'the client’s URL says http where it should say https, or the other way round',
    ],
    misleads: ['A scanner that tries protocols on every port looks the same.'],
    next: [
      "kubectl get service SERVICE -n NAMESPACE -o jsonpath='{.spec.ports}'",
      'kubectl get ingress INGRESS -n NAMESPACE -o yaml',
    ],
  },
  detect,
};
