import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, endpoint, facts, finding, group, pod, ranked, service, slice } from './builders.ts';
import { network } from './node-builders.ts';

const PAYMENTS = '10.96.3.4:80';
const icmp = { sender: '172.30.0.12', type: 3, code: 1, meaning: 'host unreachable' };
const unreachable = finding('tcp-rejected-by-icmp', PAYMENTS, { details: { icmp } });
const old = '10.244.2.6:8080';
const current = '10.244.2.7:8080';
const proxy = pod('kube-proxy-abc', {
  namespace: 'kube-system',
  node: 'node1',
  hostNetwork: true,
  owner: 'DaemonSet/kube-proxy',
});

function cluster(targets: readonly string[] | null, part: Partial<Facts> = {}): Facts {
  const rules = { namespace: 'shop', name: 'payments', isKnown: targets !== null, targets: targets ?? [] };
  return facts({
    services: [service('payments', '10.96.3.4')],
    pods: [pod('payments-2', { address: '10.244.2.7', labels: { app: 'payments' } }), proxy],
    endpointSlices: [slice('payments', [endpoint('10.244.2.7', { node: 'node2', pod: 'payments-2' })])],
    nodeNetworks: [network(1, { services: [rules] }), network(2)],
    ...part,
  });
}

describe('kube-proxy-stale', () => {
  it.each<[string, readonly string[] | null, boolean]>([
    ['the rules send to an address of old, not to the new one', [old], true],
    ['there is no rule for the Service', null, true],
    ['the rules are as the slices', [current], false],
  ])('%s: %s', (_, targets, isStale) => {
    const found = ranked(explain([unreachable], [group(PAYMENTS, { rejected: 12 })], cluster(targets)));
    expect(found.filter((one) => one.startsWith('kube-proxy-stale'))).toEqual(
      isStale ? ['kube-proxy-stale certain'] : [],
    );
  });

  it('is likely where only something of old is left, or the change is fresh', () => {
    expect(ranked(explain([unreachable], [], cluster([old, current])))).toContain('kube-proxy-stale likely');
    const fresh = pod('payments-2', { address: '10.244.2.7', createdAt: '2026-11-21T10:05:00Z' });
    expect(ranked(explain([unreachable], [], cluster([old], { pods: [fresh] })))).toContain(
      'kube-proxy-stale likely',
    );
  });

  it('takes rules for some of the endpoints for those of a traffic policy', () => {
    const more = [
      endpoint('10.244.2.7', { node: 'node2', pod: 'payments-2' }),
      endpoint('10.244.2.8', { node: 'node2' }),
    ];
    const found = explain(
      [unreachable],
      [],
      cluster([current], { endpointSlices: [slice('payments', more)] }),
    );
    expect(ranked(found).filter((one) => one.startsWith('kube-proxy-stale'))).toEqual([]);
  });

  it('says nothing of slices that were not all read, nor of nodes without kube-proxy', () => {
    const partial = cluster([old], { partial: { endpointSlices: ['kube-system'] } });
    expect(ranked(explain([unreachable], [], partial))).not.toContain('kube-proxy-stale certain');
    const without = cluster([old], { nodeNetworks: [network(1, { services: null }), network(2)] });
    expect(ranked(explain([unreachable], [], without))).not.toContain('kube-proxy-stale certain');
  });

  it('says nothing where another data plane stands in for kube-proxy', () => {
    const cilium = pod('cilium-x', {
      namespace: 'kube-system',
      owner: 'DaemonSet/cilium',
      hostNetwork: true,
    });
    const found = explain(
      [unreachable],
      [],
      cluster([old], { pods: [pod('payments-2', { address: '10.244.2.7' }), cilium] }),
    );
    expect(ranked(found).filter((one) => one.startsWith('kube-proxy-stale'))).toEqual([]);
  });

  it('names the pod to restart', () => {
    const { text, fix } = causeOf('kube-proxy-stale', [unreachable], [], cluster([old]));
    expect(text).toBe(
      'kube-proxy on node node1 has not followed Service shop/payments: its rules still send to 10.244.2.6:8080, which is no endpoint any more',
    );
    expect(fix).toContain('kubectl logs kube-proxy-abc -n kube-system');
    const hostile = cluster([old], {
      pods: [{ ...proxy, name: 'x; reboot' }, pod('payments-2', { address: '10.244.2.7' })],
    });
    expect(causeOf('kube-proxy-stale', [unreachable], [], hostile).fix).not.toContain('kubectl logs');
  });
});
