import { addressKey, splitServer } from '../cluster/address.ts';
import type { Directory } from '../cluster/directory.ts';
import type { Facts, ServiceFacts } from '../cluster/facts.ts';
import { evaluateFlow } from '../policy/evaluate.ts';
import { hostOfPod, type Decision, type Flow, type FlowVerdict, type Host } from '../policy/flow.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import { findPort, portOn, targetsOf, type DialledPort } from '../service/port-view.ts';

/** One way that the dialled traffic may go, and what the policies say about it. */
export interface JudgedFlow {
  readonly flow: Flow;
  readonly verdict: FlowVerdict;
}

/** What was dialled: the ends as packets show them. */
export interface Dialled {
  readonly client: string;
  readonly server: string;
  readonly protocol: string;
}

/** Endpoints of one Service that are judged; more say no more. */
const MAX_TARGETS = 50;

/**
 * The flows behind an address, after the Service's was rewritten; empty if it is not known where the traffic goes, or
 * whose address a policy sees: what enters through a node port or a load balancer, or comes from no pod, may carry that
 * of a node, before or after the policy.
 */
export function judgeFlows(
  { client, server, protocol }: Dialled,
  service: ServiceFacts | null,
  facts: Facts,
  directory: Directory,
  index: PolicyIndex,
): JudgedFlow[] {
  const { address, port } = splitServer(server);
  if (port === 0 || protocol === 'ARP' || protocol === '') return [];
  const from = hostAt(client, directory);
  const own = addressKey(address);
  if (from.kind !== 'pod' || (service !== null && !service.clusterIPs.some((one) => addressKey(one) === own)))
    return [];
  const targets =
    service === null
      ? [{ address, port }]
      : targetsIn(service, { address, port, protocol, node: from.pod.node }, facts, directory);
  return targets.slice(0, MAX_TARGETS).map((target) => {
    const flow: Flow = { from, to: hostAt(target.address, directory), protocol, port: target.port };
    return { flow, verdict: evaluateFlow(index, flow) };
  });
}

interface Target {
  readonly address: string;
  readonly port: number;
}

function targetsIn(
  service: ServiceFacts,
  dialled: DialledPort,
  facts: Facts,
  directory: Directory,
): Target[] {
  const port = findPort(service, dialled.port, dialled.protocol);
  if (port === null) return [];
  return targetsOf(facts, directory, service, dialled).map((endpoint) => ({
    address: endpoint.address,
    port: portOn(endpoint, port),
  }));
}

/** What all the flows come to: `mixed` where some are denied and others are not. */
export function decisionOf(flows: readonly JudgedFlow[]): Decision | 'mixed' {
  const decisions = new Set(flows.map(({ verdict }) => verdict.decision));
  if (decisions.size === 1) return [...decisions][0] ?? 'unknown';
  if (decisions.has('deny')) return 'mixed';
  return decisions.has('unknown') || decisions.size === 0 ? 'unknown' : 'depends';
}

/** What has an address, as an end of a flow. */
export function hostAt(address: string, directory: Directory): Host {
  const entry = directory.lookup(address);
  switch (entry.kind) {
    case 'pod':
      return entry.pod === null ? { kind: 'unplaced', address } : hostOfPod(entry.pod, address);
    case 'node':
    case 'node-gateway':
      return { kind: 'node', node: entry.node, address };
    case 'api-server':
      return { kind: 'node', node: '', address };
    case 'external':
    case 'link-local':
      return { kind: 'outside', address };
    default:
      return { kind: 'unplaced', address };
  }
}
