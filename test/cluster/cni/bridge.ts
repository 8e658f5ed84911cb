import { join } from 'node:path';
import { nodeStateFolder, type ClusterNode } from '../nodes.ts';
import type { Cni } from './index.ts';

const networkName = 'netdebug-pods';

/**
 * The reference plugins bridge and portmap, routes between the nodes from the underlay: pods of one
 * node share a bridge, as with flannel, so that bridge netfilter matters. No policy is enforced.
 */
export const bridge: Cni = {
  name: 'bridge',
  packages: [],
  binFolder: '/usr/lib/cni',
  configure: (node) => ({
    cniVersion: '0.4.0',
    name: networkName,
    plugins: [bridgePlugin(node), portmapPlugin],
  }),
  build: async () => undefined,
  environment: () => ({}),
  start: async () => undefined,
};

const portmapPlugin = { type: 'portmap', capabilities: { portMappings: true } };

function bridgePlugin(node: ClusterNode): Record<string, unknown> {
  return {
    type: 'bridge',
    bridge: 'cni0',
    isGateway: true,
    hairpinMode: true,
    ipMasq: false, // it would hide a pod's address on the way to the other node
    ipam: {
      type: 'host-local',
      dataDir: join(nodeStateFolder(node), 'ipam'),
      ranges: [[{ subnet: node.podCidr }]],
      routes: [{ dst: '0.0.0.0/0' }],
    },
  };
}
