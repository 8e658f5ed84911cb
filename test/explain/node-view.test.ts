import { describe, expect, it } from 'vitest';
import type { NodeNetworkFacts } from '../../src/cluster/node-network-facts.ts';
import { arrivalAt, forwardsFor, routeTo } from '../../src/explain/node-view.ts';
import { link, network, route } from './node-builders.ts';

const node = network(1, { routes: [...(network(1).routes ?? []), route('10.244.2.7/32', 'cni0')] });

describe('the route to an address', () => {
  it.each([
    ['10.244.2.7', '10.244.2.7/32'],
    ['10.244.2.8', '10.244.2.0/24'],
    ['192.0.2.1', '0.0.0.0/0'],
    ['fd00::1', undefined],
    ['none', undefined],
  ])('%s: %s', (address, destination) => {
    expect(routeTo(node, address)?.destination).toBe(destination);
  });

  it('is not known where routes could not be read', () => {
    expect(routeTo({ ...node, routes: null }, '10.244.2.7')).toBeNull();
  });
});

describe('whether a node forwards', () => {
  const off = { 'net.ipv4.ip_forward': 0 };
  const six = { 'net.ipv6.conf.all.forwarding': 1 };
  it.each<[string, Partial<NodeNetworkFacts>, string, boolean | null]>([
    ['it does', {}, '10.244.1.5', true],
    ['it does not', { sysctls: off }, '10.244.1.5', false],
    [
      'not what comes by that interface',
      { interfaces: [link('cni0', { forwardsIPv4: false })] },
      '10.244.1.5',
      false,
    ],
    [
      'another interface says nothing',
      { interfaces: [link('eth0', { forwardsIPv4: false })] },
      '10.244.1.5',
      true,
    ],
    ['IPv6 has a setting of its own', { sysctls: { ...off, ...six } }, 'fd00::5', true],
    ['the setting is not there', {}, 'fd00::5', null],
  ])('%s', (_, part, address, forwards) => {
    expect(forwardsFor(network(1, part), address)).toBe(forwards);
  });
});

describe('where packets arrive', () => {
  it.each([
    ['172.30.0.11', 'eth0'],
    ['192.0.2.1', undefined],
    ['', undefined],
  ])('that were sent to %j: %s', (router, name) => {
    expect(arrivalAt(node, router)?.name).toBe(name);
  });
});
