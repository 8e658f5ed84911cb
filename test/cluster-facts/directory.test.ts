import { describe, expect, it } from 'vitest';
import {
  addressKey,
  cidrContains,
  isFirstHost,
  nodeRangeOf,
  splitServer,
} from '../../src/cluster/address.ts';
import { openDirectory } from '../../src/cluster/directory.ts';
import type { Facts } from '../../src/cluster/facts.ts';
import { labelSelectorMatches, selectorMatches } from '../../src/cluster/labels.ts';
import { CLIENT, COREDNS, endpoint, facts, node, pod, port, service, slice } from '../explain/builders.ts';

const hostPod = pod('kube-proxy-x', {
  namespace: 'kube-system',
  address: '172.30.0.12',
  hostNetwork: true,
  node: 'node2',
});
const base = facts({
  services: [
    service('payments', '10.96.3.4', { ports: [port({ nodePort: 30080 })], externalIPs: ['203.0.113.9'] }),
    service('headless', 'None', { clusterIPs: ['None'] }),
    service('kubernetes', '10.96.0.1', { namespace: 'default', selector: null }),
  ],
  pods: [
    hostPod,
    pod('v6', { address: 'fd00::0007' }),
    pod('ended', { address: '10.244.2.50', phase: 'Succeeded' }),
  ],
  endpointSlices: [
    slice('payments', [
      endpoint('10.244.2.99'),
      endpoint('192.0.2.8'),
      endpoint('10.9.9.9', { pod: 'payments-0' }),
    ]),
    slice('kubernetes', [endpoint('172.30.0.1')], { namespace: 'default' }),
  ],
});

describe('directory', () => {
  it.each<{ readonly address: string; readonly kind: string; readonly name: string; readonly from?: Facts }>([
    { address: '10.244.1.5', kind: 'pod', name: 'pod/client.shop' },
    { address: 'FD00:0::7', kind: 'pod', name: 'pod/v6.shop' },
    { address: '10.96.3.4', kind: 'service', name: 'svc/payments.shop' },
    { address: '203.0.113.9', kind: 'service', name: 'svc/payments.shop' },
    { address: '10.96.0.10', kind: 'dns', name: 'svc/kube-dns.kube-system' },
    { address: '172.30.0.12', kind: 'node', name: 'node/node2' },
    { address: '172.30.0.12', kind: 'node', name: 'node/node2', from: { ...base, nodes: null } },
    { address: '10.244.1.1', kind: 'node-gateway', name: 'node/node1 (gateway)' },
    {
      address: '10.244.1.1',
      kind: 'node-gateway',
      name: 'node/node1 (gateway)',
      from: { ...base, nodes: [node('node1', 1, { podCidrs: [] }), node('node2', 2, { podCidrs: [] })] },
    },
    {
      address: '10.244.1.89',
      kind: 'node-gateway',
      name: 'node/node1 (gateway)',
      from: { ...base, nodes: [node('node1', 1, { plugins: ['cilium'], pluginAddresses: ['10.244.1.89'] })] },
    },
    {
      address: '10.244.1.89',
      kind: 'unknown',
      name: '',
      from: { ...base, nodes: [node('node1', 1, { plugins: ['cilium'] })] },
    },
    { address: '172.30.0.1', kind: 'api-server', name: 'api-server' },
    { address: '169.254.20.10', kind: 'link-local', name: 'node-local DNS' },
    { address: '169.254.1.1', kind: 'link-local', name: '' },
    { address: 'fe80::1', kind: 'link-local', name: '' },
    { address: '10.244.2.99', kind: 'stale', name: 'no pod (stale, endpoint of svc/payments.shop)' },
    { address: '10.244.2.50', kind: 'stale', name: 'no pod (stale)' },
    { address: '10.244.2.99', kind: 'unknown', name: '', from: { ...base, pods: null } },
    { address: '10.244.2.99', kind: 'unknown', name: '', from: { ...base, partial: { pods: ['shop'] } } },
    { address: '10.9.9.9', kind: 'stale', name: 'no pod (stale, endpoint of svc/payments.shop)' },
    {
      address: '10.9.9.9',
      kind: 'external',
      name: '',
      from: { ...base, partial: { pods: ['kube-system'] } },
    },
    { address: '192.0.2.8', kind: 'external', name: '' },
    { address: 'None', kind: 'external', name: '' },
    { address: '', kind: 'external', name: '' },
  ])('$address is $kind', ({ address, kind, name, from = base }) => {
    expect(openDirectory(from).lookup(address)).toMatchObject({ kind, name });
  });

  it('does not call an address stale in a flat network, where nodes and pods share a range', () => {
    const flat = {
      ...base,
      nodes: [node('node1', 1, { podCidrs: [], addresses: ['10.244.1.200'] })],
      pods: [CLIENT],
    };
    expect(openDirectory(flat).lookup('10.244.1.77').kind).toBe('external');
  });

  it('finds the Service behind a node port', () => {
    const directory = openDirectory(base);
    expect(directory.serviceAt('172.30.0.12:30080')?.name).toBe('payments');
    expect(directory.serviceAt('172.30.0.12:30081')).toBeNull();
    expect(directory.serviceAt('10.244.2.99:80')).toBeNull();
  });

  it('gives an address that two pods have to the newer one', () => {
    const twins = facts({
      pods: [
        pod('new', { address: '10.244.2.3', createdAt: '2026-11-21T10:00:00Z' }),
        pod('old', { address: '10.244.2.3', createdAt: '2026-11-20T10:00:00Z' }),
      ],
    });
    expect(openDirectory(twins).nameOf('10.244.2.3')).toBe('pod/new.shop');
  });

  it('joins endpoints with their pods', () => {
    const [first] = openDirectory(base).endpointsOf({ namespace: 'kube-system', name: 'kube-dns' });
    expect(first).toMatchObject({
      address: '10.244.2.2',
      node: 'node2',
      pod: COREDNS,
      slice: 'kube-dns-abc12',
    });
  });
});

describe('addresses', () => {
  it.each([
    ['fd00::1', 'FD00:0:0::0001', true],
    ['::ffff:10.0.0.1', '::ffff:a00:1', true],
    ['10.0.0.1', '10.0.0.2', false],
  ])('%s and %s', (a, b, same) => {
    expect(addressKey(a) === addressKey(b)).toBe(same);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.256',
    ':::',
    '1::2::3',
    'g::',
    '1:2:3:4:5:6:7:8:9',
    '10.0.0.1/8',
    'x'.repeat(100),
  ])('%j is none', (text) => {
    expect(addressKey(text)).toBe('');
  });

  it.each([
    ['10.244.1.0/24', '10.244.1.255', true],
    ['10.244.1.0/24', '10.244.2.0', false],
    ['0.0.0.0/0', '8.8.8.8', true],
    ['10.0.0.0/8', 'fd00::1', false],
    ['fd00::/8', 'fdff::1', true],
    ['10.0.0.0/33', '10.0.0.0', false],
    ['10.0.0.0/', '10.0.0.0', false],
  ])('%s contains %s: %s', (cidr, address, inside) => {
    expect(cidrContains(cidr, address)).toBe(inside);
  });

  it('knows first hosts and node ranges', () => {
    expect([
      isFirstHost('10.244.1.0/24', '10.244.1.1'),
      isFirstHost('10.244.1.0/24', '10.244.1.2'),
      isFirstHost('10.244.1.0/31', '10.244.1.1'),
      isFirstHost('fd00:1::/64', 'fd00:1::1'),
    ]).toEqual([true, false, false, true]);
    expect([nodeRangeOf('10.244.1.5'), nodeRangeOf('x')]).toEqual(['10.244.1.0/24', '']);
  });

  it.each([
    ['10.0.0.1:80', '10.0.0.1', 80],
    ['[fd00::1]:53', 'fd00::1', 53],
    ['fd00::1', 'fd00::1', 0],
    ['10.0.0.1', '10.0.0.1', 0],
    ['', '', 0],
  ])('splits %j', (server, address, number) => {
    expect(splitServer(server)).toEqual({ address, port: number });
  });
});

describe('labels', () => {
  it.each([
    [{ app: 'a' }, { app: 'a', b: 'c' }, true],
    [{ app: 'a' }, { app: 'b' }, false],
    [{}, { app: 'a' }, false],
    [{ toString: 'x' }, {}, false],
  ])(
    'Service selector %j on %j',
    (selector: Record<string, string>, labels: Record<string, string>, matches) => {
      expect(selectorMatches(selector, labels)).toBe(matches);
    },
  );

  it.each([
    ['In', ['a'], true],
    ['In', ['b'], false],
    ['NotIn', ['a'], false],
    ['NotIn', ['b'], true],
    ['Exists', [], true],
    ['DoesNotExist', [], false],
    ['Unheard', [], true],
  ])('expression app %s %j', (operator, values, matches) => {
    expect(
      labelSelectorMatches(
        { matchLabels: {}, matchExpressions: [{ key: 'app', operator, values }] },
        { app: 'a' },
      ),
    ).toBe(matches);
  });

  it('NotIn and DoesNotExist select objects without the key', () => {
    const select = (operator: string): boolean =>
      labelSelectorMatches(
        { matchLabels: {}, matchExpressions: [{ key: 'x', operator, values: ['a'] }] },
        {},
      );
    expect(['In', 'NotIn', 'Exists', 'DoesNotExist'].map(select)).toEqual([false, true, false, true]);
  });
});
