import { expect, test } from 'vitest';
import { toNodeFacts } from '../../src/cluster/nodes.ts';

test('network plugins are told by what they leave on a node, with the addresses that they name there', () => {
  const annotations = {
    'network.cilium.io/ipv4-cilium-host': '10.244.1.89',
    'network.cilium.io/ipv4-pod-cidr': '10.244.1.0/24',
    'projectcalico.org/IPv4Address': '172.30.0.11/24',
    'flannel.alpha.coreos.com/backend-type': 'vxlan',
    'example.com/address': '10.244.1.90',
  };
  const { plugins, pluginAddresses } = toNodeFacts({ metadata: { name: 'node1', annotations } });
  expect(plugins).toEqual(['calico', 'cilium', 'flannel']);
  expect(pluginAddresses).toEqual(['10.244.1.89', '172.30.0.11']);
});
