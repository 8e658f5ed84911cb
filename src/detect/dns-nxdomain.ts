import { endpointText } from '../conversations/address.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { dnsProtocol } from './dns-servers.ts';
import { describeWalk, dnsWalks, exists, queriesOf } from './dns-walks.ts';
import type { Walk } from './dns-walks.ts';
import { finding, joinEvidence, plural } from './evidence.ts';
import type { Finding, Severity } from './finding.ts';

const TYPE_A = 1;
const TYPE_AAAA = 28;
/** Names that are asked for as a matter of routine and usually do not exist. */
const ROUTINE = /^(wpad|isatap)(\.|$)|^_ldap|\.in-addr\.arpa$|\.ip6\.arpa$/u;

/*
 * Seen: every candidate of a lookup ends in NXDOMAIN.
 * Means: the name does not exist in this cluster, nor outside.
 * False positives: NXDOMAIN within a search walk that ends well, a record type that the name does not
 * have (NOERROR without answers), reverse lookups and other routine questions (info only).
 */
function detect(observations: Observations): Finding[] {
  return dnsWalks(observations)
    .filter((walk) => !exists(walk) && walk.candidates.every(isMissing))
    .map((walk) => describe(observations, walk));
}

/** Another failure (SERVFAIL, silence) leaves it open whether the name exists. */
function isMissing({ results }: Walk['candidates'][number]): boolean {
  return results.some((result) => result.nxdomain.count > 0);
}

function describe(observations: Observations, walk: Walk): Finding {
  const evidence = joinEvidence(
    walk.candidates.flatMap(({ results }) => results.map((result) => result.nxdomain)),
  );
  const queries = queriesOf(walk);
  const searched =
    walk.candidates.length > 1
      ? `, tried as ${walk.candidates
          .map(({ name }) => name)
          .slice(0, 6)
          .join(', ')}`
      : '';
  return finding(observations, 'dns-nxdomain', evidence, {
    severity: severityOf(walk),
    confidence: 'high',
    client: walk.client,
    server: endpointText(walk.server, 53),
    protocol: dnsProtocol(walk.candidates.flatMap(({ results }) => results)),
    text: `the name ${walk.name} does not exist: ${evidence.count} of ${plural(queries, 'query', 'queries')} ended in NXDOMAIN${searched}`,
    details: {
      attempts: queries,
      succeeded: 0,
      walks: [describeWalk(walk)],
      names: walk.candidates.map(({ name }) => name),
    },
  });
}

/** A name inside the cluster that does not exist is a fault of somebody's; others are often meant to be asked. */
function severityOf(walk: Walk): Severity {
  const asksForAddress = walk.candidates.some(({ results }) =>
    results.some(({ type }) => type === TYPE_A || type === TYPE_AAAA),
  );
  if (!asksForAddress || ROUTINE.test(walk.name)) return 'info';
  const searchedInCluster = walk.candidates.some(({ name }) => /\.svc\.|\.svc$/u.test(name));
  const labels = walk.name.split('.').length;
  const meansService = /\.svc(\.|$)/u.test(walk.name) || (searchedInCluster && labels <= 2);
  return meansService ? 'error' : 'warning';
}

/** D5: a name that does not exist. */
export const dnsNxdomain: Detector = {
  id: 'dns-nxdomain',
  severity: 'error',
  doc: {
    title: 'A name that was asked for does not exist',
    seen: 'All candidates of a lookup – the name with each search domain and the name itself – are answered with NXDOMAIN.',
    meaning:
      'The resolver works; the name is wrong. Programs report "could not resolve host" or "no such host".',
    causes: [
      'the Service or namespace is misspelt, or was deleted, or stands in another namespace',
      'a headless Service without ready pods, whose pod names do not exist then',
      'an external name with a typing error',
    ],
    misleads: [
      'With ndots:5 most lookups of a healthy pod contain NXDOMAIN answers; only a lookup without any success counts.',
      'NOERROR without records (an AAAA question about an IPv4-only Service) means that the name exists.',
    ],
    next: ['kubectl get services -A | grep NAME'],
  },
  detect,
};
