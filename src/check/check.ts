import { openDirectory, type Directory } from '../cluster/directory.ts';
import type { Facts } from '../cluster/facts.ts';
import { isStandIn } from '../cluster/stand-in-address.ts';
import { enforcerOf, type Enforcer } from '../explain/enforcer.ts';
import type { Unknown } from '../explain/explanation.ts';
import { plainData } from '../explain/plain.ts';
import { openPolicies, type PolicyIndex } from '../policy/policy-index.ts';
import type { CheckCause, CheckLayer, PolicyAnswer } from './check-report.ts';
import { backendLayer } from './backend-layer.ts';
import { dnsLayer } from './dns-layer.ts';
import { endpointsLayer } from './endpoints-layer.ts';
import { fromLayer } from './from-layer.ts';
import type { JudgedLayer, LayerInput } from './layer.ts';
import { pathLayer, pathUnknowns } from './path-layer.ts';
import { policyLayer } from './policy-layer.ts';
import { openRoute, type CheckClient, type CheckServer, type Route } from './route.ts';
import { serviceLayer } from './service-layer.ts';
import { policyAnswer, waysOf, type Way } from './ways.ts';

/** What is asked. */
export interface CheckQuestion {
  readonly client: CheckClient;
  readonly server: CheckServer;
  /** The facts are those of manifests: no node, no address, no state. */
  readonly isOfManifests: boolean;
  /** Addresses that the name has by a look-up inside FROM. */
  readonly resolved?: readonly string[];
  /** What enforces policies, where it is not to be recognised by the facts. */
  readonly enforcer?: Enforcer | undefined;
}

/** What the cluster's objects say about a way, before anything is sent. */
export interface Evaluation {
  readonly route: Route;
  readonly ways: readonly Way[];
  readonly layers: readonly CheckLayer[];
  readonly causes: readonly CheckCause[];
  readonly policy: PolicyAnswer;
  readonly unknowns: readonly Unknown[];
  /** Those of them that only the nodes could tell. */
  readonly nodeUnknowns: readonly Unknown[];
  /** Kubernetes names of the addresses on the way. */
  readonly names: Readonly<Record<string, string>>;
}

/** Manifests do not say on which network they will run. */
const ANY_PLUGIN: Enforcer = {
  name: 'the network plugin',
  enforces: 'maybe',
  denies: 'drop',
  rejectsAsService: false,
  ipBlockMatchesPods: null,
};

/** The cluster as all ways through it share it. */
export interface Surroundings {
  readonly facts: Facts;
  readonly directory: Directory;
  readonly enforcer: Enforcer;
  readonly policies: PolicyIndex;
  readonly isOfManifests: boolean;
}

/** Indexes the facts once for any number of ways. */
export function openSurroundings(
  raw: Facts,
  { isOfManifests, enforcer: given }: Pick<CheckQuestion, 'isOfManifests' | 'enforcer'>,
): Surroundings {
  const facts = plainData(raw);
  const enforcer = given ?? (isOfManifests ? ANY_PLUGIN : enforcerOf(facts));
  return {
    facts,
    directory: openDirectory(facts),
    enforcer,
    policies: openPolicies(facts, enforcer),
    isOfManifests,
  };
}

/** Judges the way from a client to a server, layer by layer, by the facts alone. */
export function evaluateWay(question: CheckQuestion, raw: Facts): Evaluation {
  return evaluateIn(openSurroundings(raw, question), question, true);
}

/** The same in surroundings that are shared; `wantsCauses`: layers alone take a fraction of the time. */
export function evaluateIn(
  around: Surroundings,
  { client, server, resolved = [] }: Omit<CheckQuestion, 'isOfManifests' | 'enforcer'>,
  wantsCauses: boolean,
): Evaluation {
  const { facts, directory, policies, isOfManifests } = around;
  const route = openRoute(client, server, facts, directory, resolved);
  const ways = waysOf(route, facts, directory, policies);
  const input: LayerInput = { ...around, route, ways, wantsCauses };
  const policy = policyAnswer(ways, route.protocol);
  const judged = judgeLayers(input, policy);
  const addresses = [client.address, ...route.dials, ...ways].map((one) =>
    typeof one === 'string' ? one : one.address,
  );
  const names = addresses.map((address) => [address, directory.nameOf(address)] as const);
  const nodeUnknowns = pathUnknowns(input);
  const evaluation: Evaluation = {
    route,
    ways,
    layers: judged.map(({ layer }) => layer),
    causes: judged.flatMap(({ causes }) => causes),
    policy,
    nodeUnknowns,
    unknowns: [...nodeUnknowns, ...facts.unreadable.map(({ what, why, fix }) => ({ what, why, next: fix }))],
    names: Object.fromEntries(names.filter(([address, name]) => address !== '' && name !== '')),
  };
  return isOfManifests ? withoutStandIns(evaluation) : evaluation;
}

/** What was only made up for manifests is not shown: EndpointSlices, and addresses that stand in for unknown ones. */
function withoutStandIns(evaluation: Evaluation): Evaluation {
  const known = Object.entries(evaluation.names);
  const standIns = known.filter(([address]) => isStandIn(address));
  const named = (text: string): string =>
    standIns.reduce(
      (sum, [address, name]) =>
        sum.replaceAll(new RegExp(`${address.replaceAll('.', String.raw`\.`)}(?!\\d)`, 'g'), name),
      text,
    );
  return {
    ...evaluation,
    layers: evaluation.layers.map((layer) => ({ ...layer, seen: named(layer.seen) })),
    causes: evaluation.causes.map((cause) => ({
      ...cause,
      text: named(cause.text),
      evidence: cause.evidence.filter((line) => !line.includes('EndpointSlice')).map(named),
    })),
    names: Object.fromEntries(known.filter(([address]) => !isStandIn(address))),
  };
}

/** What lies behind a layer that fails beyond doubt has no sense of its own: there are no ways to judge. */
function judgeLayers(input: LayerInput, policy: PolicyAnswer): JudgedLayer[] {
  const before = [fromLayer(input), dnsLayer(input), serviceLayer(input), endpointsLayer(input)].filter(
    (layer) => layer !== null,
  );
  if (input.ways.length === 0 && before.some(({ layer }) => layer.status === 'fails')) return before;
  return [...before, policyLayer(input, policy), pathLayer(input), backendLayer(input)].filter(
    (layer) => layer !== null,
  );
}
