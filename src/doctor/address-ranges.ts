import { cidrContains, cidrsOverlap } from '../cluster/address.ts';
import { asObject, asTexts } from '../cluster/raw.ts';
import { ApiError, type KubeApi } from '../kube/kube-api.ts';
import { listed } from '../explain/evidence.ts';
import type { Check, CheckResult } from './check.ts';

/** `address-ranges`: do the ranges of pods, Services and nodes overlap? */
export const addressRanges: Check = {
  id: 'address-ranges',
  run: async (context) => {
    const { nodes, services } = await context.facts();
    if (nodes === null)
      return [{ subject: '', status: 'unknown', seen: 'the nodes could not be read', fix: '' }];
    const pods = nodes.flatMap(({ name, podCidrs }) => podCidrs.map((cidr) => ({ name, cidr })));
    const ofServices = await serviceRanges(context.api);
    const clusterIPs = (services ?? []).flatMap((service) => service.clusterIPs);
    const overlaps: string[] = [];
    for (const [at, one] of pods.entries()) {
      for (const other of pods.slice(at + 1))
        if (cidrsOverlap(one.cidr, other.cidr) && one.name !== other.name)
          overlaps.push(`pods of node ${one.name} (${one.cidr}) and of node ${other.name} (${other.cidr})`);
      const inside = nodes.find(({ addresses }) =>
        addresses.some((address) => cidrContains(one.cidr, address)),
      );
      if (inside !== undefined)
        overlaps.push(`pods of node ${one.name} (${one.cidr}) and the address of node ${inside.name}`);
      const range = ofServices.find((cidr) => cidrsOverlap(cidr, one.cidr));
      const taken = clusterIPs.find((address) => cidrContains(one.cidr, address));
      if (range !== undefined)
        overlaps.push(`pods of node ${one.name} (${one.cidr}) and Services (${range})`);
      else if (taken !== undefined)
        overlaps.push(`pods of node ${one.name} (${one.cidr}) and the Service address ${taken}`);
      if (overlaps.length > 20) break;
    }
    const ofNodes = ofServices.flatMap((cidr) =>
      nodes
        .filter(({ addresses }) => addresses.some((address) => cidrContains(cidr, address)))
        .map(({ name }) => `Services (${cidr}) and the address of node ${name}`),
    );
    const all = [...overlaps, ...ofNodes];
    return all.length > 0 ? all.slice(0, 10).map(overlap) : [summary(pods, ofServices)];
  },
};

function overlap(what: string): CheckResult {
  return {
    subject: '',
    status: 'failed',
    seen: `the ranges overlap of ${what}`,
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
