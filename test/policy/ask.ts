import type { Facts } from '../../src/cluster/facts.ts';
import { evaluateFlow } from '../../src/policy/evaluate.ts';
import { hostOfPod, type FlowVerdict, type Host } from '../../src/policy/flow.ts';
import { openPolicies } from '../../src/policy/policy-index.ts';
import { readFacts } from './corpus.ts';

/** Two namespaces; shop/web calls back/db, whose port 5432 is named "sql" for TCP. */
export const CLUSTER = `
kind: Namespace
metadata: {name: shop, labels: {team: web}}
---
kind: Namespace
metadata: {name: back, labels: {team: data}}
---
kind: Node
metadata: {name: node1, labels: {zone: a}}
status: {addresses: [{type: InternalIP, address: 172.30.0.11}]}
---
kind: Pod
metadata: {namespace: shop, name: web, labels: {app: web}}
spec: {nodeName: node1, containers: [{name: c}]}
status: {phase: Running, podIP: 10.244.1.5}
---
kind: Pod
metadata: {namespace: back, name: db, labels: {app: db}}
spec: {nodeName: node2, containers: [{name: c, ports: [{name: sql, containerPort: 5432, protocol: TCP}]}]}
status: {phase: Running, podIP: 10.244.2.7}
---
kind: Pod
metadata: {namespace: shop, name: agent}
spec: {nodeName: node1, hostNetwork: true, containers: [{name: c}]}
status: {phase: Running, podIP: 172.30.0.11}
`;

/** A NetworkPolicy "p" with this spec. */
export const np = (spec: string, namespace = 'back'): string =>
  `kind: NetworkPolicy\nmetadata: {namespace: ${namespace}, name: p}\nspec: ${spec}`;
/** An AdminNetworkPolicy about the ingress of all pods. */
export const anp = (name: string, priority: number, action: string, peer = '{namespaces: {}}'): string =>
  `kind: AdminNetworkPolicy\nmetadata: {name: ${name}}\nspec: {priority: ${priority}, subject: {namespaces: {}}, ingress: [{action: ${action}, from: [${peer}]}]}`;
/** A ClusterNetworkPolicy of the Admin tier about the egress of all pods. */
export const cnp = (action: string, peer: string, more = ''): string =>
  `kind: ClusterNetworkPolicy\nmetadata: {name: c}\nspec: {tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [{action: ${action}, to: [${peer}]${more}}]}`;

/** A flow to judge, shop/web to back/db:5432 if nothing else is said. */
export interface Ask {
  readonly from?: string;
  readonly to?: string;
  readonly protocol?: string;
  readonly port?: number;
  readonly pods?: boolean | null;
  readonly change?: (facts: Facts) => Facts;
}

/** A pod by its name, "node:NAME", or an address outside. */
export function hostOf(text: string, facts: Facts): Host {
  if (text.startsWith('node:')) return { kind: 'node', node: text.slice(5), address: '172.30.0.11' };
  const pod = facts.pods?.find((one) => `${one.namespace}/${one.name}` === text);
  return pod === undefined ? { kind: 'outside', address: text } : hostOfPod(pod);
}

/** The verdict on a flow in the cluster with these policies. */
export function ask(
  manifests: readonly string[],
  {
    from = 'shop/web',
    to = 'back/db',
    protocol = 'TCP',
    port = 5432,
    pods = null,
    change = (one) => one,
  }: Ask = {},
): FlowVerdict {
  const facts = change(readFacts([CLUSTER, ...manifests].join('\n---\n')));
  const flow = { from: hostOf(from, facts), to: hostOf(to, facts), protocol, port };
  return evaluateFlow(openPolicies(facts, { ipBlockMatchesPods: pods }), flow);
}
