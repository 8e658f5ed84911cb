import { describe, expect, it } from 'vitest';
import type { NodeNetworkFacts } from '../../src/cluster/node-network-facts.ts';
import type { Facts } from '../../src/cluster/facts.ts';
import { explain } from '../../src/explain/index.ts';
import { endpoint, facts, finding, group, pod, ranked, service, slice } from './builders.ts';
import { link, network } from './node-builders.ts';

const MIRROR = '10.96.3.9:80';
const silent = finding('tcp-syn-no-answer', MIRROR);
const silence = group(MIRROR, { silent: 12 });
const itself = endpoint('10.244.1.5', { node: 'node1', pod: 'client' });
const other = endpoint('10.244.2.7', { node: 'node2', pod: 'mirror-2' });

function cluster(near: NodeNetworkFacts | null, part: Partial<Facts> = {}): Facts {
  return facts({
    services: [service('mirror', '10.96.3.9', { selector: { app: 'client' } })],
    endpointSlices: [slice('mirror', [itself])],
    ...(near === null ? {} : { nodeNetworks: [near] }),
    ...part,
  });
}

function bridge(modes: readonly boolean[], isPromiscuous = false): NodeNetworkFacts {
  const ports = modes.map((hairpin, index) =>
    link(`veth${index}`, { kind: 'veth', bridge: 'cni0', hairpin }),
  );
  return network(1, {
    interfaces: [link('eth0'), link('cni0', { kind: 'bridge', isPromiscuous }), ...ports],
  });
}

describe('hairpin-off', () => {
  it.each<[string, NodeNetworkFacts | null, readonly string[]]>([
    ['no port of the bridge has it', bridge([false, false]), ['hairpin-off certain']],
    ['some ports have it, and whose they are is not known', bridge([true, false]), ['hairpin-off likely']],
    ['all ports have it', bridge([true, true]), []],
    ['the bridge is promiscuous', bridge([false, false], true), []],
    ['there is no bridge', network(1, { interfaces: [link('eth0')] }), []],
    [
      'another bridge has ports without it',
      network(1, { interfaces: [link('eth0'), link('vethd', { bridge: 'docker0', hairpin: false })] }),
      [],
    ],
    ['the node was not looked into', null, ['hairpin-off likely']],
  ])('%s', (_, near, causes) => {
    expect(ranked(explain([silent], [silence], cluster(near)))).toEqual(causes);
  });

  it('names the flag that decides', () => {
    expect(explain([silent], [silence], cluster(null)).unknowns).toContainEqual({
      what: 'hairpin mode of the bridge of node node1',
      why: 'the node was not looked into; what the pod sees is its own network’s',
      next: 'kubectl netdebug trace pod/client -n shop --read-node',
    });
  });

  it('is the reason for its share only', () => {
    const shared = {
      endpointSlices: [slice('mirror', [itself, other])],
      pods: [pod('mirror-2', { address: '10.244.2.7' })],
    };
    const half = finding('tcp-syn-no-answer', MIRROR, { count: 6, details: { attempts: 12, succeeded: 6 } });
    const mixed = group(MIRROR, { answered: 6, silent: 6 });
    expect(ranked(explain([half], [mixed], cluster(bridge([false]), shared)))).toEqual([
      'hairpin-off certain',
    ]);
    expect(ranked(explain([half], [mixed], cluster(null, shared)))).toEqual(['hairpin-off possible']);
    expect(ranked(explain([silent], [silence], cluster(bridge([false]), shared)))).toEqual([]);
  });

  it('is of pods that dial themselves', () => {
    const elsewhere = cluster(bridge([false]), {
      endpointSlices: [slice('mirror', [other])],
      pods: [pod('mirror-2', { address: '10.244.2.7' })],
    });
    expect(ranked(explain([silent], [silence], elsewhere))).not.toContain('hairpin-off certain');
    expect(ranked(explain([silent], [silence], elsewhere))).not.toContain('hairpin-off likely');
  });
});
