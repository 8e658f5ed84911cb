import { addressKey } from '../cluster/address.ts';
import type { EndpointAddress } from '../cluster/directory.ts';
import type { ServiceFacts } from '../cluster/facts.ts';
import type { ConversationGroup } from '../conversations/conversation.ts';
import { count, listed, packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence, Unknown } from './explanation.ts';
import { command, firstOf } from './paste.ts';
import { isSilence } from './policies.ts';
import { traceWith } from './server-pods.ts';

/** Findings of a server that fails some of what is asked of it. */
const SYMPTOMS: ReadonlySet<string> = new Set([
  'application-error',
  'grpc-error',
  'http-5xx',
  'http-no-response',
  'http-slow',
  'tcp-refused',
  'tcp-reset-midstream',
  'tcp-stalled',
  'tcp-syn-no-answer',
  'tcp-zero-window',
]);
/** Fewer answers prove nothing for the others; fewer failures are chance. */
const MIN_ANSWERED = 5;
const MIN_FAILED = 3;

/** One of a Service's pods fails where the others do their work. */
export const oneBadEndpoint: Explainer = {
  id: 'one-bad-endpoint',
  doc: {
    title: 'One of the Service’s endpoints fails, the others are fine',
    meaning:
      'A Service spreads connections over its endpoints. If one of them refuses, hangs or answers with errors while it counts as ready, every so many connections fail, which looks like a network that is now and then at fault. Trying again helps, because another endpoint answers.',
    recognition:
      'Findings at the address of one endpoint (at most half of them), and at least five answered connections without a finding at each of the others. The endpoints have to be told apart: the server pods were traced, or the client sees their addresses (headless Service, Cilium); check asks each of them by itself.',
    caveats:
      'Endpoints get different requests: one may fail because of what it is asked. Where an endpoint does not answer at all and nothing else on its node does either, it may be the node or the way to it; then it is possible only. Behind the Service’s address alone the endpoints cannot be told apart, and nothing is said.',
    fix: 'Look at that pod: its log, its node, its version. Delete it if a controller replaces it, and give it a readiness probe that fails when it fails.',
  },
  explain(situation: Situation): Explained {
    const symptoms = situation.findings.filter(
      ({ finding }) => SYMPTOMS.has(finding.id) && finding.severity !== 'info',
    );
    const services = new Set(symptoms.flatMap((placed) => serviceOf(placed, situation) ?? []));
    const causes = [...services].flatMap((service) => cause(service, symptoms, situation));
    return { causes, unknowns: symptoms.flatMap((placed) => hidden(placed, causes, situation)) };
  },
};

/** The Service that was dialled, or the one of which the dialled address is an endpoint. */
function serviceOf(
  { service, address, port }: PlacedFinding,
  { facts, directory }: Situation,
): ServiceFacts | null {
  if (service !== null) return directory.isClusterDns(service) ? null : service;
  return (
    facts.services?.find((one) =>
      directory
        .endpointsOf(one)
        .some((endpoint) => sameAddress(endpoint.address, address) && portsOf(endpoint).includes(port)),
    ) ?? null
  );
}

interface JudgedEndpoint {
  readonly endpoint: EndpointAddress;
  /** Connections as the capture that shows most of them has them, and those of them that were answered. */
  readonly attempts: number;
  readonly answered: number;
  readonly findings: readonly PlacedFinding[];
}

function judged(
  endpoint: EndpointAddress,
  symptoms: readonly PlacedFinding[],
  { groups }: Situation,
): JudgedEndpoint {
  const isHere = (address: string, port: number): boolean =>
    sameAddress(address, endpoint.address) && portsOf(endpoint).includes(port);
  const own = groups.filter(({ serverAddress, serverPort }) => isHere(serverAddress, serverPort));
  const perCapture = [...Map.groupBy(own, ({ capture }) => capture).values()].map((list) => ({
    attempts: sum(list, attemptsOf),
    answered: sum(list, ({ outcomes }) => outcomes.answered),
  }));
  const most = perCapture.toSorted((a, b) => b.attempts - a.attempts)[0] ?? { attempts: 0, answered: 0 };
  return { endpoint, ...most, findings: symptoms.filter(({ address, port }) => isHere(address, port)) };
}

function attemptsOf({ outcomes }: ConversationGroup): number {
  const { answered, refused, rejected, silent, answeredByOther } = outcomes;
  return answered + refused + rejected + silent + answeredByOther;
}

function cause(
  service: ServiceFacts,
  symptoms: readonly PlacedFinding[],
  situation: Situation,
): DraftCause[] {
  const all = situation.directory
    .endpointsOf(service)
    .filter(({ ready }) => ready)
    .map((endpoint) => judged(endpoint, symptoms, situation));
  const bad = all.filter(({ findings }) => sum(findings, ({ finding }) => finding.count) >= MIN_FAILED);
  const good = all.filter(({ findings, answered }) => findings.length === 0 && answered >= MIN_ANSWERED);
  if (bad.length === 0 || good.length < bad.length || bad.length + good.length < all.length) return [];
  const ids = new Set(bad.flatMap(({ findings }) => findings.map(({ finding }) => finding.id)));
  // What the client sees at the Service's own address is the same failure.
  const atService = symptoms.filter((placed) => placed.service === service && ids.has(placed.finding.id));
  const own = bad.flatMap(({ findings }) => findings);
  const names = bad.map(nameOf);
  const pod = bad[0]?.endpoint.pod ?? null;
  return [
    {
      confidence: confidenceOf(bad, situation),
      findingIndexes: [...new Set([...own, ...atService].map(({ index }) => index))],
      text: `${bad.length} of the ${all.length} endpoints of Service ${path(service)} ${bad.length === 1 ? 'fails' : 'fail'}, the others are fine: ${listed(names)}`,
      evidence: [
        ...own.slice(0, 3).map(packets),
        ...[...bad, ...good].slice(0, 6).map(endpointEvidence),
        ...nodesEvidence(bad, good),
      ],
      fix: `look at ${listed(names)}: its log, its node and its version; if a controller owns it, delete it to have it replaced, and give it a readiness probe that notices this failure`,
      next: firstOf(
        pod === null
          ? ''
          : command(
              [pod.name, pod.namespace],
              `kubectl logs ${pod.name} -n ${pod.namespace} --all-containers --tail=50`,
            ),
        'kubectl netdebug explain one-bad-endpoint',
      ),
    },
  ];
}

/** A host that answers something proves the way to it; one that is silent may be cut off with its node. */
function confidenceOf(bad: readonly JudgedEndpoint[], { groups, directory }: Situation): CauseConfidence {
  const isReached = ({ endpoint, findings, answered }: JudgedEndpoint): boolean =>
    answered > 0 ||
    findings.some(({ finding }) => !isSilence(finding)) ||
    groups.some(
      ({ serverAddress, outcomes }) =>
        outcomes.answered > 0 &&
        endpoint.node !== '' &&
        directory.lookup(serverAddress).node === endpoint.node,
    );
  return bad.every(isReached) ? 'likely' : 'possible';
}

/** Behind the Service's own address the endpoints look alike: the trace that tells them apart. */
function hidden(placed: PlacedFinding, causes: readonly DraftCause[], situation: Situation): Unknown[] {
  const { service, group, index } = placed;
  const view = situation.viewOf(placed);
  const isPartial = (group?.outcomes.answered ?? 0) >= MIN_ANSWERED && placed.finding.count >= MIN_FAILED;
  const isTold = causes.some(({ findingIndexes }) => findingIndexes.includes(index));
  if (service === null || view === null || view.usable.length < 2 || !isPartial || isTold) return [];
  const pods = view.usable.flatMap(({ pod }) => pod ?? []);
  const next = traceWith(pods, situation);
  const isTraced = pods.every((pod) => situation.facts.targets.some((one) => path(one) === path(pod)));
  if (isTraced || next === '') return [];
  return [
    {
      what: `which of the ${view.usable.length} endpoints of Service ${path(service)} fails, or whether all do`,
      why: 'the client sees the Service’s address only',
      next,
    },
  ];
}

function nameOf({ endpoint }: JudgedEndpoint): string {
  const where = endpoint.node === '' ? '' : ` on node ${endpoint.node}`;
  return endpoint.pod === null ? `${endpoint.address}${where}` : `pod ${path(endpoint.pod)}${where}`;
}

function endpointEvidence(one: JudgedEndpoint): string {
  const found = one.findings.map(({ finding }) => `${finding.id} ${finding.count} times`);
  return `${nameOf(one)} (${one.endpoint.address}): ${one.answered} of ${count(one.attempts, 'connection')} answered, ${found.length === 0 ? 'no finding' : listed(found)}`;
}

function nodesEvidence(bad: readonly JudgedEndpoint[], good: readonly JudgedEndpoint[]): string[] {
  const node = bad[0]?.endpoint.node ?? '';
  const isNode =
    node !== '' &&
    bad.every(({ endpoint }) => endpoint.node === node) &&
    good.every(({ endpoint }) => endpoint.node !== node);
  return isNode ? [`whatever fails is on node ${node}, and none of the others is: it may be the node`] : [];
}

function portsOf({ ports }: EndpointAddress): number[] {
  return ports.map(({ port }) => port);
}

function sameAddress(one: string, other: string): boolean {
  return addressKey(one) !== '' && addressKey(one) === addressKey(other);
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
