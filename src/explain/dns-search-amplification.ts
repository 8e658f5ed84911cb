import type { DnsWalk } from '../detect/finding.ts';
import { count, listed, packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import { command, firstOf, isObjectName } from './paste.ts';
import { plainData } from './plain.ts';

/** What resolvers use when resolv.conf does not say (resolv.conf(5)); the kubelet writes 5. */
const RESOLVER_NDOTS = 1;

/** Names outside the cluster are tried in each search domain first. */
export const dnsSearchAmplification: Explainer = {
  id: 'dns-search-amplification',
  doc: {
    title: 'Names outside the cluster are tried in each search domain first',
    meaning:
      'The pod’s resolv.conf says ndots:5: a name with fewer than five dots is first asked for with each search domain behind it, and only then as it is written. Each lookup of an external name so takes several queries, for A and AAAA each.',
    recognition:
      'The candidates on the wire are the name with the domains of the pod’s search list, in its order, and the name has fewer dots than ndots. With the pod’s resolv.conf read it is certain. Only named where it adds time that is noticed.',
    caveats:
      'It costs time and queries; it is never the reason why something fails. Musl (Alpine) asks as glibc does here; programs with a resolver of their own may not.',
    fix: 'Write external names with a dot at their end, or give the pod dnsConfig with ndots:2, which still finds payments and payments.shop.',
  },
  explain({ findings, facts }: Situation): Explained {
    const wasted = findings.filter(
      // Without a delay that anybody notices it is how pods look names up, and nothing has a cause.
      ({ finding }) => finding.id === 'dns-search-waste' && finding.severity !== 'info',
    );
    return { causes: wasted.flatMap((placed) => judge(placed, facts.resolver)), unknowns: [] };
  },
};

type Resolver = Situation['facts']['resolver'];

function judge(placed: PlacedFinding, resolver: Resolver): DraftCause[] {
  const walks = plainData(placed.finding.details.walks ?? []);
  const [first] = walks;
  if (first === undefined) return [];
  const fits = resolver !== null && walks.every((walk) => isByTheList(walk, resolver));
  if (resolver !== null && !fits) return [];
  const ndots = resolver === null ? RESOLVER_NDOTS : resolver.ndots;
  const queries = walks.reduce((sum, walk) => sum + walk.queries, 0);
  const wasted = walks.reduce((sum, walk) => sum + walk.nxdomain, 0);
  const names = walks.map(({ name }) => name);
  const addedMs = Math.round(placed.finding.details.addedMs ?? 0);
  return [
    {
      confidence: fits ? 'certain' : 'likely',
      findingIndexes: [placed.index],
      text:
        resolver === null
          ? `${listed(names)} are tried in the pod’s search domains first: ${wasted} of ${queries} queries are in vain`
          : `ndots:${ndots} makes the pod try ${listed(names)} in ${count(resolver.search.length, 'search domain')} first: ${wasted} of ${queries} queries are in vain${addedMs > 0 ? `, +${addedMs} ms per lookup` : ''}`,
      evidence: [
        packets(placed),
        ...(resolver === null
          ? []
          : [
              `/etc/resolv.conf of the pod: search ${resolver.search.join(' ')}; options ndots:${resolver.ndots}`,
            ]),
        `asked for: ${listed(first.candidates)}`,
        'this slows lookups down; it is not the reason of any failure',
      ],
      fix: fixText(placed, first.name),
      next: nextCommand(placed),
    },
  ];
}

/** Whether the candidates are the name with the list's domains, for a name that the list is tried for first. */
function isByTheList({ name, candidates }: DnsWalk, { search, ndots }: NonNullable<Resolver>): boolean {
  const domains = search.map((domain) => domain.toLowerCase().replace(/\.$/, ''));
  const extended = candidates.filter((candidate) => candidate !== name);
  return (
    name.split('.').length - 1 < ndots &&
    extended.length > 0 &&
    extended.every((candidate) => domains.some((domain) => candidate === `${name}.${domain}`))
  );
}

function fixText({ client }: PlacedFinding, name: string): string {
  const owner =
    client === null || client.owner === '' ? 'the pod’s template' : `the pod template of ${client.owner}`;
  return [
    `write ${isObjectName(name) ? `${name}.` : 'the name'} with the dot at its end where the application is configured, or add to ${owner}:`,
    'spec:',
    '  dnsConfig:',
    '    options:',
    '    - name: ndots',
    '      value: "2"',
  ].join('\n');
}

function nextCommand({ client }: PlacedFinding): string {
  if (client === null) return 'kubectl netdebug explain dns-search-amplification';
  return firstOf(
    command(
      [client.name, client.namespace],
      `kubectl exec ${client.name} -n ${client.namespace} -- cat /etc/resolv.conf`,
    ),
    `look at /etc/resolv.conf of pod ${path(client)}`,
  );
}
