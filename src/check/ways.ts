import { addressKey } from '../cluster/address.ts';
import type { Directory } from '../cluster/directory.ts';
import type { Facts } from '../cluster/facts.ts';
import { path } from '../explain/evidence.ts';
import { hostAt, type JudgedFlow } from '../explain/judged-flows.ts';
import { evaluateFlow } from '../policy/evaluate.ts';
import { hostOfPod, type DirectionVerdict, type Decision, type Host } from '../policy/flow.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import { portOn, targetsOf } from '../service/port-view.ts';
import type { PolicyAnswer, PolicyDirection } from './check-report.ts';
import type { Dial, Route } from './route.ts';

/** One endpoint that the traffic may come to, and what the policies say about it. */
export interface Way extends JudgedFlow {
  readonly to: Host;
  /** After the Service's address and port were rewritten. */
  readonly address: string;
  readonly port: number;
}

/** All ways of a route; empty where it is not known where the traffic goes. */
export function waysOf(route: Route, facts: Facts, directory: Directory, policies: PolicyIndex): Way[] {
  const { client, protocol } = route;
  const from =
    client.pod === null ? hostAt(client.address, directory) : hostOfPod(client.pod, client.address);
  // What no port is named for cannot be judged, and a Service that could not be read may lead anywhere.
  if (route.port === 0 || (route.service === null && route.wantedService !== null)) return [];
  return targetsIn(route, facts, directory).map(({ address, port }) => {
    const to = placed(address, facts, directory);
    const flow = { from, to, protocol, port };
    return { flow, to, address, port, verdict: evaluateFlow(policies, flow) };
  });
}

/** An address that nothing has is outside only where everything that could have it was read. */
function placed(address: string, facts: Facts, directory: Directory): Host {
  const host = hostAt(address, directory);
  return host.kind === 'outside' && !isWhole(facts) ? { kind: 'unplaced', address } : host;
}

/** Whether all Services, pods and nodes were read. */
export function isWhole({ services, pods, nodes, partial = {} }: Facts): boolean {
  return (
    services !== null &&
    pods !== null &&
    nodes !== null &&
    partial.services === undefined &&
    partial.pods === undefined
  );
}

function targetsIn(
  { service, servicePort, client, protocol, dials }: Route,
  facts: Facts,
  directory: Directory,
): Dial[] {
  const isOwn = dials.every(({ address }) =>
    service?.clusterIPs.some((one) => addressKey(one) === addressKey(address)),
  );
  if (service === null || !isOwn) return [...dials];
  if (servicePort === null) return [];
  return dials.flatMap(({ address, port }) =>
    targetsOf(facts, directory, service, { address, port, protocol, node: client.pod?.node ?? '' }).map(
      (endpoint) => ({ address: endpoint.address, port: portOn(endpoint, servicePort) }),
    ),
  );
}

/** "pod/shop/payments-1", "node/node1 (172.30.0.11)", or the address. */
export function hostText(host: Host): string {
  switch (host.kind) {
    case 'pod':
      return `pod/${path(host.pod)}`;
    case 'node':
      return host.node === '' ? host.address : `node/${host.node} (${host.address})`;
    default:
      return host.address;
  }
}

/** What the policies say, for JSON. */
export function policyAnswer(ways: readonly Way[], protocol: string): PolicyAnswer {
  const rows = ways.map(({ to, port, verdict }) => ({
    to: hostText(to),
    port,
    protocol,
    verdict: verdict.decision,
    ingress: directionOf(verdict.ingress),
    egress: directionOf(verdict.egress),
  }));
  return {
    verdict: together(rows.map(({ verdict }) => verdict)),
    ingress: merged(rows.map(({ ingress }) => ingress)),
    egress: merged(rows.map(({ egress }) => egress)),
    ways: rows,
  };
}

function directionOf({ decision, by, isolating, reason }: DirectionVerdict): PolicyDirection {
  const named =
    by === null
      ? isolating.map((one) => `NetworkPolicy ${path(one)}`).join(', ')
      : `${by.kind} ${by.namespace === '' ? by.name : path(by)}`;
  return { verdict: decision, policy: named, rule: by === null ? null : by.rule + 1, reason };
}

function merged(rows: readonly PolicyDirection[]): PolicyDirection {
  const verdict = together(rows.map((row) => row.verdict));
  const telling =
    rows.find((row) => row.verdict === 'deny') ?? rows.find((row) => row.verdict === verdict) ?? rows[0];
  if (telling === undefined)
    return { verdict, policy: '', rule: null, reason: 'it is not known where the traffic goes' };
  const denied = rows.filter((row) => row.verdict === 'deny').length;
  return denied === 0 || denied === rows.length
    ? { ...telling, verdict }
    : { ...telling, verdict, reason: `${denied} of ${rows.length} endpoints are denied: ${telling.reason}` };
}

/** One decision for all endpoints: `depends` where some are denied and others are not. */
function together(decisions: readonly Decision[]): Decision {
  const [first = 'unknown'] = decisions;
  if (decisions.every((one) => one === first)) return first;
  return decisions.includes('deny') || !decisions.includes('unknown') ? 'depends' : 'unknown';
}
