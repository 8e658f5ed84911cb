import { cidrContains, cidrsOverlap } from '../cluster/address.ts';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import { asObject, asTexts } from '../cluster/raw.ts';
import { ApiError, type KubeApi } from '../kube/kube-api.ts';
import { listed } from '../explain/evidence.ts';
import type { Check, CheckResult } from './check.ts';

/** Ranges and addresses that are compared with each other; in larger clusters the rest is given out in the same way. */
const MAX_COMPARED = 300;
const MAX_SHOWN = 10;

/** A node's range of pods. */
interface PodRange {
  readonly name: string;
  readonly cidr: string;
  /** Whether a pod has an address of it: network plugins may give out others. */
  readonly isUsed: boolean;
}

/** `address-ranges`: do the ranges of pods, Services and nodes overlap? */
export const addressRanges: Check = {
  id: 'address-ranges',
  run: async (context) => {
    const facts = await context.facts();
    if (facts.nodes === null)
      return [{ subject: '', status: 'unknown', seen: 'the nodes could not be read', fix: '' }];
    const nodes = facts.nodes.slice(0, MAX_COMPARED);
    const pods = podRanges(nodes, facts.pods ?? []);
    const ofServices = await serviceRanges(context.api);
    const clusterIPs = (facts.services ?? []).flatMap((service) => service.clusterIPs).slice(0, MAX_COMPARED);
    const rows = [
      ...pods.flatMap((one, at) => [
        ...amongPods(one, pods.slice(at + 1)),
        ...withNodes(one, nodes),
        ...withServices(one, ofServices, clusterIPs),
      ]),
      ...ofServices.flatMap((cidr) =>
        nodes
          .filter(({ addresses }) => addresses.some((address) => cidrContains(cidr, address)))
          .map(({ name }) => overlap(`Services (${cidr}) and the address of node ${name}`, true)),
      ),
    ];
    return rows.length > 0 ? rows.slice(0, MAX_SHOWN) : [summary(pods, ofServices)];
  },
};

function podRanges(nodes: readonly NodeFacts[], pods: readonly PodFacts[]): PodRange[] {
  const byNode = Map.groupBy(
    pods.filter(({ hostNetwork }) => !hostNetwork),
    ({ node }) => node,
  );
  return nodes.flatMap(({ name, podCidrs }) => {
    const addresses = (byNode.get(name) ?? []).flatMap((pod) => pod.addresses);
    return podCidrs.map((cidr) => ({
      name,
      cidr,
      isUsed: addresses.some((address) => cidrContains(cidr, address)),
    }));
  });
}

function amongPods(one: PodRange, others: readonly PodRange[]): CheckResult[] {
  return others
    .filter(({ name, cidr }) => name !== one.name && cidrsOverlap(cidr, one.cidr))
    .map((other) => overlap(`${rangeText(one)} and ${rangeText(other)}`, one.isUsed && other.isUsed));
}

function withNodes(one: PodRange, nodes: readonly NodeFacts[]): CheckResult[] {
  const inside = nodes.find(({ addresses }) => addresses.some((address) => cidrContains(one.cidr, address)));
  return inside === undefined
    ? []
    : [overlap(`${rangeText(one)} and the address of node ${inside.name}`, one.isUsed)];
}

function withServices(
  one: PodRange,
  ranges: readonly string[],
  clusterIPs: readonly string[],
): CheckResult[] {
  const range = ranges.find((cidr) => cidrsOverlap(cidr, one.cidr));
  if (range !== undefined) return [overlap(`${rangeText(one)} and Services (${range})`, one.isUsed)];
  const taken = clusterIPs.find((address) => cidrContains(one.cidr, address));
  return taken === undefined
    ? []
    : [overlap(`${rangeText(one)} and the Service address ${taken}`, one.isUsed)];
}

function rangeText({ name, cidr }: PodRange): string {
  return `pods of node ${name} (${cidr})`;
}

function overlap(what: string, isUsed: boolean): CheckResult {
  return {
    subject: '',
    status: isUsed ? 'failed' : 'warning',
    seen: `the ranges overlap of ${what}${isUsed ? '' : '; no pod was seen with an address of it'}`,
    fix: 'Addresses in both ranges are led to one of the two only. The pods’ ranges are given out by the controller manager (--cluster-cidr) or the network plugin; new nodes take new ranges.',
  };
}

function summary(pods: readonly { readonly cidr: string }[], ofServices: readonly string[]): CheckResult {
  if (pods.length === 0)
    return {
      subject: '',
      status: 'unknown',
      seen: 'the nodes name no ranges for their pods: the network plugin gives them out itself',
      fix: '',
    };
  const services = ofServices.length === 0 ? '' : `, Services ${listed(ofServices)}`;
  return {
    subject: '',
    status: 'ok',
    seen: `no overlap: pods ${listed(pods.map(({ cidr }) => cidr))}${services}`,
    fix: '',
  };
}

/** ServiceCIDR objects (networking.k8s.io/v1, since Kubernetes 1.33); [] where there are none, or they may not be read. */
async function serviceRanges(api: KubeApi): Promise<string[]> {
  try {
    const list = await api.list<unknown>('/apis/networking.k8s.io/v1/servicecidrs', {}, 100);
    return list.flatMap((raw) => asTexts(asObject(asObject(raw)['spec'])['cidrs']));
  } catch (error) {
    if (error instanceof ApiError) return [];
    throw error;
  }
}
