import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { askedFor, namedBy } from './tls-words.ts';

/*
 * Seen: a whole ClientHello, and no byte of the server: it resets, closes, or is silent for 3 s after it
 * acknowledged the hello, or the client gives up after at least 1 s.
 * Means: the connection reached a host that does not want to speak TLS for that name.
 * False positives: a hello of which segments are missing, a capture of one direction or with holes, a client that
 * closes at once: none of them is judged.
 */
const ENDS: Readonly<Record<string, string>> = {
  closed: 'the server closed the connection',
  reset: 'the server reset the connection',
  'gave up': 'the client gave up',
  silent: 'nothing came for at least 3 s',
};

function detect(observations: Observations): Finding[] {
  return observations.groups.flatMap((group) => {
    const kinds = Map.groupBy(group.events.ofKind('tls-no-server-hello'), ({ fields }) =>
      String(fields['ended'] ?? ''),
    );
    return [...kinds].map(([ended, events]) => {
      const evidence = joinEvidence(events);
      const hellos = evidence.count === 1 ? 'a ClientHello' : plural(evidence.count, 'ClientHello');
      return finding(observations, 'tls-no-server-hello', evidence, {
        severity: 'error',
        confidence: 'high',
        client: group.client,
        server: serverOf(group),
        protocol: 'TCP',
        text: `no answer to ${hellos}${namedBy(events)}: ${ENDS[ended] ?? 'the connections ended'}`,
        details: {
          attempts: group.answered,
          tls: askedFor(events),
          ...(ended === 'closed' || ended === 'reset' ? { by: 'server' as const } : {}),
        },
      });
    });
  });
}

/** L2: ClientHello without an answer. */
export const tlsNoServerHello: Detector = {
  id: 'tls-no-server-hello',
  severity: 'error',
  doc: {
    title: 'A ClientHello gets no ServerHello',
    seen: 'The TCP connection stands and the whole ClientHello arrives, then the server closes, resets or stays silent.',
    meaning:
      'Whatever listens there does not take up TLS for this name. Clients report "connection reset" or "unexpected EOF" in the handshake.',
    causes: [
      'an ingress or gateway that routes by server name (TLS passthrough) has no match for this name',
      'the backend of a passthrough route, or a proxy’s next hop, is not there',
      'the port speaks another protocol, or the server crashes on the handshake',
    ],
    misleads: [
      'If the hello is repeated and never acknowledged, large packets are lost: that is path-mtu-black-hole.',
      'Captures of one direction, or with missing packets, are not judged.',
    ],
    next: [
      'openssl s_client -connect ADDRESS:PORT -servername NAME </dev/null',
      'kubectl get ingress,gateway,tlsroute -A',
      'kubectl logs POD -n NAMESPACE --since=10m',
    ],
  },
  detect,
};
