import type { Facts, ServiceFacts } from '../cluster/facts.ts';
import { covers } from '../cluster/labels.ts';
import { compareText } from '../cluster/raw.ts';
import type { DnsWalk } from '../detect/finding.ts';
import { askedService, clusterDomain, type AskedService } from './asked-service.ts';
import { servesAnotherZone } from './dns-faults.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import { listed, packets, path } from './evidence.ts';
import { command, firstOf } from './paste.ts';
import { plainData } from './plain.ts';
import { slipsBetween } from '../cluster/spelling.ts';
import { readAt } from './unserved.ts';

/** Names of one finding that are looked at. */
const MAX_NAMES = 10;

/** A name in the cluster does not exist, and a Service with nearly that name does. */
export const dnsNameMisspelt: Explainer = {
  id: 'dns-name-misspelt',
  doc: {
    title: 'The name of the Service is misspelt',
    meaning:
      'The cluster’s DNS says that a name does not exist. No Service has that name in that namespace, but one has nearly the same name, or the same name in another namespace (from there it needs its namespace: payments.other).',
    recognition:
      'NXDOMAIN for all candidates of a name that belongs to the cluster, no such Service, and a nearest existing name by Damerau–Levenshtein distance: none below four letters, one slip below eight, two above.',
    caveats:
      'A Service that was deleted leaves the same traces, and a neighbour of similar name is then offered in its place. Names outside the cluster are not judged. Namespaces that may not be read are not searched.',
    fix: 'Correct the name where the application has it (environment, ConfigMap), or create the Service.',
  },
  explain(situation: Situation): Explained {
    const found = situation.findings
      .filter(({ finding }) => finding.id === 'dns-nxdomain')
      .flatMap((placed) =>
        (placed.finding.details.walks ?? [])
          .slice(0, MAX_NAMES)
          .map((walk) => ({ placed, walk: plainData(walk) })),
      );
    const judged = found.map(({ placed, walk }) => judge(placed, walk, situation));
    return {
      causes: judged.flatMap(({ causes }) => causes),
      unknowns: judged.flatMap(({ unknowns }) => unknowns),
    };
  },
};

interface Candidate {
  readonly service: ServiceFacts;
  readonly slips: number;
}

const NOTHING: Explained = { causes: [], unknowns: [] };

function judge(placed: PlacedFinding, walk: DnsWalk, situation: Situation): Explained {
  const { facts } = situation;
  const asked = askedService(walk, placed.client?.namespace ?? '', facts);
  if (asked === null || facts.services === null) return NOTHING;
  const existing = facts.services.find(
    ({ name, namespace }) => name === asked.service && namespace === asked.namespace,
  );
  // An alias that leads nowhere is external-name-misleading.
  if (existing?.type === 'ExternalName') return NOTHING;
  if (existing !== undefined)
    return isServedElsewhere(existing, facts) ? NOTHING : contradiction(existing, walk, situation);
  if (!covers(facts, 'services', asked.namespace) && asked.namespaceExists) return NOTHING;
  const candidates = nearestServices(asked, facts);
  return candidates.length === 0
    ? NOTHING
    : { causes: [cause(placed, walk, asked, candidates, situation)], unknowns: [] };
}

/** What a Service of the right name in an unrelated namespace costs, in slips: little if no namespace was written. */
const OTHER_NAMESPACE_BARE = 1;
const OTHER_NAMESPACE_WRITTEN = 3;

/** The Services nearest to what was asked for; several only if they are equally near. */
function nearestServices(asked: AskedService, facts: Facts): Candidate[] {
  const near = (facts.services ?? []).flatMap((service): Candidate[] => {
    const slips = slipsTo(asked, service);
    return slips === null ? [] : [{ service, slips }];
  });
  const least = near.reduce((sum, { slips }) => Math.min(sum, slips), Infinity);
  return near
    .filter(({ slips }) => slips === least)
    .toSorted(
      (a, b) =>
        compareText(a.service.namespace, b.service.namespace) || compareText(a.service.name, b.service.name),
    );
}

function slipsTo(asked: AskedService, service: ServiceFacts): number | null {
  const name = slipsBetween(asked.service, service.name);
  if (name === null) return null;
  const namespace =
    asked.bare && asked.namespace !== service.namespace
      ? null
      : slipsBetween(asked.namespace, service.namespace);
  if (namespace !== null) return name + namespace;
  return name === 0 ? (asked.bare ? OTHER_NAMESPACE_BARE : OTHER_NAMESPACE_WRITTEN) : null;
}

function cause(
  placed: PlacedFinding,
  walk: DnsWalk,
  asked: AskedService,
  candidates: readonly Candidate[],
  situation: Situation,
): DraftCause {
  const right = candidates.map(({ service }) => spell(service, asked, situation.facts));
  const namespaces = [...new Set(candidates.map(({ service }) => service.namespace))].filter(
    (namespace) => namespace !== asked.namespace,
  );
  const where =
    namespaces.length > 0 && candidates.every(({ service }) => service.name === asked.service)
      ? `a Service of that name is in namespace ${listed(namespaces)}`
      : `the nearest name is ${listed(right)}`;
  return {
    confidence: candidates.length === 1 ? 'certain' : 'likely',
    findingIndexes: [placed.index],
    text: `The name ${walk.name} does not exist: ${asked.namespaceExists ? `there is no Service ${asked.service} in namespace ${asked.namespace}` : `there is no namespace ${asked.namespace}`}; ${where}`,
    evidence: [
      packets(placed),
      `asked for: ${listed(walk.candidates)}`,
      ...candidates.slice(0, 3).map(({ service }) => `Service ${path(service)} exists`),
    ],
    fix: `where the application is configured, write ${listed(right)} instead of ${walk.name}`,
    next: firstOf(
      asked.namespaceExists && namespaces.length === 0
        ? command([asked.namespace], `kubectl get services -n ${asked.namespace}`)
        : '',
      'kubectl get services -A',
    ),
  };
}

/** The name as short as it was asked for: "payments", "payments.other", "payments.other.svc.cluster.local". */
function spell(service: ServiceFacts, asked: AskedService, facts: Facts): string {
  if (asked.bare && service.namespace === asked.namespace) return service.name;
  const short = `${service.name}.${service.namespace}`;
  return asked.form === 'short'
    ? short
    : asked.form === 'svc'
      ? `${short}.svc`
      : `${short}.svc.${clusterDomain(facts)}`;
}

/** Then the DNS server's configuration is why it does not know the Service. */
function isServedElsewhere({ name, namespace }: ServiceFacts, facts: Facts): boolean {
  const config = facts.dnsServer?.config ?? null;
  const domain = clusterDomain(facts);
  return config !== null && servesAnotherZone(config, `${name}.${namespace}.svc.${domain}`, domain) !== null;
}

function contradiction(service: ServiceFacts, walk: DnsWalk, situation: Situation): Explained {
  return {
    causes: [],
    unknowns: [
      {
        what: `why ${walk.name} did not exist`,
        why: `Service ${path(service)} exists now; ${readAt(situation)}, so it may be new (a headless Service also needs ready pods)`,
        next: firstOf(
          command(
            [service.name, service.namespace],
            `kubectl get service ${service.name} -n ${service.namespace} -o wide`,
          ),
          'kubectl get services -A',
        ),
      },
    ],
  };
}
