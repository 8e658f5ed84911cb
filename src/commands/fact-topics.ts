import type { FactTopic } from '../cluster/collect.ts';
import type { Finding, FindingId } from '../detect/finding.ts';

/** What the DNS server's configuration and log may explain. */
const DNS_SYMPTOMS: readonly FindingId[] = [
  'dns-no-answer',
  'dns-nxdomain',
  'dns-port-unreachable',
  'dns-race',
  'dns-refused',
  'dns-servfail',
];

/** Connections that fail may be to a Gateway that serves nobody. */
const ROUTE_SYMPTOMS: readonly FindingId[] = ['tcp-refused', 'tcp-rejected-by-icmp', 'tcp-syn-no-answer'];

/** Ports of HTTP, as people choose them. */
const HTTP_PORT = /:(80|443|8000|8080|8443)$/;

/** What else of the cluster is worth reading for these findings. */
export function topicsOf(findings: readonly Finding[]): FactTopic[] {
  const isAboutDns = findings.some(({ id }) => DNS_SYMPTOMS.includes(id));
  const isAboutRoutes = findings.some(
    ({ id, server }) => id === 'http-5xx' || (ROUTE_SYMPTOMS.includes(id) && HTTP_PORT.test(server)),
  );
  return [...(isAboutDns ? (['dns-server'] as const) : []), ...(isAboutRoutes ? (['routes'] as const) : [])];
}
