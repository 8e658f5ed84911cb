import type { GatewayFacts, HttpRouteFacts, ListenerFacts } from '../cluster/gateway-facts.ts';
import { conditionText, unmetConditions } from '../service/unmet-conditions.ts';
import { listed, packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { gatewayAt, isAt, routesFor } from './http-routes.ts';
import { command, firstOf } from './paste.ts';
import { plainData } from './plain.ts';
import { routeMismatches } from './route-mismatch.ts';

const CONNECTION_SYMPTOMS: ReadonlySet<string> = new Set([
  'tcp-refused',
  'tcp-rejected-by-icmp',
  'tcp-syn-no-answer',
]);

/** The Gateway API says of the Gateway or of the route that it is not in effect. */
export const gatewayNotAccepted: Explainer = {
  id: 'gateway-not-accepted',
  doc: {
    title: 'The Gateway or its route is not accepted',
    meaning:
      'The controller of the Gateway API did not take over the Gateway, a listener or the HTTPRoute: their conditions Accepted, ResolvedRefs or Programmed are not True. A route that is not accepted leads nowhere, one whose backends are not resolved is answered with 500, a listener that is not programmed is not listening.',
    recognition:
      'The host and path of a request that ended in a server error are those of an HTTPRoute with such a condition, or the connection failed at the address and port of a Gateway with one. The condition’s own words are quoted; parentRefs, listeners, allowedRoutes and ReferenceGrants are compared beside them.',
    caveats:
      'A 404 is no finding: a route that is not accepted at all often ends in one. Conditions are as of the controller’s last look; without a controller there are none.',
    fix: 'Mend what the condition names: the parentRef, the listener’s hostname or allowedRoutes, a ReferenceGrant for a Service in another namespace, or the Service.',
  },
  explain(situation: Situation): Explained {
    return {
      causes: situation.findings.flatMap((placed) => [
        ...judgeRoutes(placed, situation),
        ...judgeGateway(placed, situation),
      ]),
      unknowns: [],
    };
  },
};

/** Requests that ended in 500 or 503, on a route that is not in effect. */
function judgeRoutes(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const { httpRoutes, gateways } = situation.facts.routes ?? {};
  if (placed.finding.id !== 'http-5xx' || httpRoutes === undefined || httpRoutes === null) return [];
  const requests = plainData(placed.finding.details.requests ?? []);
  const routes = new Set(requests.flatMap((request) => routesFor(request, httpRoutes)));
  return [...routes].flatMap((route) => {
    const bad = route.statuses.flatMap(({ parent, conditions }) =>
      unmetConditions(conditions).map((condition) => ({ parent, condition })),
    );
    const [first] = bad;
    if (first === undefined) return [];
    const mismatches = routeMismatches(route, situation.facts);
    const gateway = (gateways ?? []).find(
      ({ namespace, name }) => namespace === first.parent.namespace && name === first.parent.name,
    );
    return [
      {
        confidence: confidenceOf(placed, gateway?.addresses ?? []),
        findingIndexes: [placed.index],
        text: `HTTPRoute ${path(route)} is not in effect at Gateway ${path(first.parent)}: ${conditionText(first.condition)}`,
        evidence: [
          packets(placed),
          `HTTPRoute ${path(route)} is for ${listed(route.hostnames)}`,
          ...bad.map(({ parent, condition }) => `at Gateway ${path(parent)}: ${conditionText(condition)}`),
          ...mismatches.map(({ text }) => text),
        ],
        fix: mismatches[0]?.fix ?? routeFix(route),
        next: describe('httproute', route),
      },
    ];
  });
}

/** A Gateway that says where it is, elsewhere, is hardly the one that was asked. */
function confidenceOf(placed: PlacedFinding, addresses: readonly string[]): CauseConfidence {
  if (isAt(placed, addresses)) return 'certain';
  return addresses.length === 0 ? 'likely' : 'possible';
}

/** Connections that failed at a Gateway whose listener is not in effect. */
function judgeGateway(placed: PlacedFinding, situation: Situation): DraftCause[] {
  if (!CONNECTION_SYMPTOMS.has(placed.finding.id)) return [];
  const gateway = gatewayAt(placed, situation.facts.routes?.gateways ?? []);
  if (gateway === null) return [];
  const listeners = gateway.listeners.filter(({ port }) => port === placed.port);
  const bad = [
    ...unmetConditions(gateway.conditions),
    ...listeners.flatMap(({ conditions }) => unmetConditions(conditions)),
  ];
  const isAnswered = (placed.group?.outcomes.answered ?? 0) > 0;
  if (isAnswered || (bad.length === 0 && listeners.length > 0)) return [];
  return [
    {
      confidence: bad.length > 0 ? 'likely' : 'possible',
      findingIndexes: [placed.index],
      text:
        bad[0] === undefined
          ? `Gateway ${path(gateway)} has no listener on port ${placed.port}`
          : `Gateway ${path(gateway)} is not in effect on port ${placed.port}: ${conditionText(bad[0])}`,
      evidence: [
        packets(placed),
        `Gateway ${path(gateway)} has ${placed.address} in its status`,
        ...bad.map(conditionText),
        `its listeners: ${listed(gateway.listeners.map(listenerText))}`,
      ],
      fix: `mend what the condition names in the Gateway:\n${edit(gateway)}`,
      next: describe('gateway', gateway),
    },
  ];
}

function listenerText({ name, protocol, port, hostname }: ListenerFacts): string {
  return `${name} (${protocol} ${port}${hostname === '' ? '' : `, ${hostname}`})`;
}

function routeFix(route: HttpRouteFacts): string {
  const words = command(
    [route.name, route.namespace],
    `kubectl edit httproute ${route.name} -n ${route.namespace}`,
  );
  return `mend what the condition names in the route:\n${firstOf(words, `edit HTTPRoute ${path(route)}`)}`;
}

function edit(gateway: GatewayFacts): string {
  return firstOf(
    command(
      [gateway.name, gateway.namespace],
      `kubectl edit gateway ${gateway.name} -n ${gateway.namespace}`,
    ),
    `edit Gateway ${path(gateway)}`,
  );
}

function describe(
  kind: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): string {
  return firstOf(
    command([name, namespace], `kubectl describe ${kind} ${name} -n ${namespace}`),
    `kubectl get ${kind}s -A`,
  );
}
