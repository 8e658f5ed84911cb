import type { IcmpErrors } from '../conversations/icmp-errors.ts';
import { IcmpNews } from '../conversations/icmp-errors.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, plural } from './evidence.ts';
import type { Finding, Severity } from './finding.ts';
import { isRouteProbe, quotedFlow } from './icmp-flows.ts';
import { icmpMeaning } from './icmp-meaning.ts';

const DNS_PORT = 53;
/** NetBIOS, SSDP, multicast DNS, LLMNR: programs look around, and most hosts do not listen. */
const DISCOVERY_PORTS: readonly number[] = [137, 138, 1900, 5353, 5355];

/*
 * Seen: ICMP "unreachable" that quotes something else than an open TCP attempt or a DNS query.
 * Means: the packets it quotes did not get to a program; UDP programs often never hear of it.
 * False positives: traceroute ends with such an error; a host that has closed a socket rejects late answers.
 */
function detect(observations: Observations): Finding[] {
  return observations.icmpErrors
    .filter(
      (errors) =>
        errors.news === IcmpNews.Unreachable && !isEndOfTraceroute(errors) && !isLateDnsAnswer(errors),
    )
    .map((errors) => {
      const { sender, type, code } = errors;
      const meaning = icmpMeaning(sender, type, code);
      const flow = quotedFlow(errors);
      const icmp = { sender, type, code, meaning };
      return finding(observations, 'icmp-unreachable', errors.tally, {
        severity: severityOf(errors),
        confidence: errors.protocol === 0 ? 'medium' : 'high',
        client: flow.client,
        server: flow.server,
        protocol: flow.protocol,
        text: `${plural(errors.tally.count, 'ICMP error')} "${meaning}" from ${sender} for ${flow.packets}`,
        details: { icmp },
      });
    });
}

function isEndOfTraceroute(errors: IcmpErrors): boolean {
  return errors.protocol === 17 && errors.sender === errors.target && isRouteProbe(errors);
}

function isLateDnsAnswer(errors: IcmpErrors): boolean {
  return (
    errors.protocol === 17 &&
    errors.quotesReply &&
    errors.sourcePort === DNS_PORT &&
    errors.sender === errors.target
  );
}

function severityOf(errors: IcmpErrors): Severity {
  if (errors.quotesReply && errors.sender === errors.target) return 'info';
  return errors.protocol === 17 && DISCOVERY_PORTS.includes(errors.targetPort) ? 'info' : 'warning';
}

/** I1: packets other than connection attempts and DNS queries are rejected by ICMP. */
export const icmpUnreachable: Detector = {
  id: 'icmp-unreachable',
  severity: 'warning',
  doc: {
    title: 'Packets are rejected with an ICMP error',
    seen: 'ICMP "destination unreachable" errors quote UDP datagrams, packets of other protocols, or TCP connections that were open already.',
    meaning:
      'The quoted packets did not reach a program: nobody listens on the port, a firewall rejects, or the host or network is gone.',
    causes: [
      'nobody listens on the UDP port, or the Service of the port has no ready endpoint',
      'the pod or node behind an open connection is gone (host unreachable)',
      'a firewall rejects (host, network or communication prohibited)',
    ],
    misleads: [
      'Attempts to connect by TCP that are rejected are tcp-rejected-by-icmp, DNS queries dns-port-unreachable.',
      'Traceroute ends with a port unreachable from its target; that is not counted.',
      'A client that has closed its socket rejects answers that come late; that is info only.',
    ],
    next: [
      'kubectl get endpointslices -n NAMESPACE -l kubernetes.io/service-name=SERVICE',
      'ss -lun   (in the pod that should listen)',
    ],
  },
  detect,
};
