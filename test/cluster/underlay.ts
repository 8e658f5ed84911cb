import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { UserError } from '../../src/errors.ts';
import { run, tryRun } from './command.ts';
import {
  bridgeName,
  gatewayAddress,
  inNetns,
  netnsPath,
  nodes,
  podRange,
  type ClusterNode,
} from './nodes.ts';
import { netnsFolder } from './paths.ts';

/** The wire between the nodes: a bridge in the root namespace, and nothing else there. */
export async function makeUnderlay(): Promise<void> {
  await requireBridgeNetfilter();
  await run(['ip', 'link', 'add', bridgeName, 'type', 'bridge']);
  await run(['ip', 'address', 'add', `${gatewayAddress}/24`, 'dev', bridgeName]);
  await run(['ip', 'link', 'set', bridgeName, 'up']);
  mkdirSync(netnsFolder, { recursive: true });
  for (const node of nodes) await makeNodeNamespace(node);
}

/** Runs a command in the node's network namespace. */
export async function runInNode(node: ClusterNode, argv: readonly string[]): Promise<string> {
  return await run(inNetns(node, argv));
}

async function makeNodeNamespace(node: ClusterNode): Promise<void> {
  const path = netnsPath(node);
  writeFileSync(path, ''); // the mount point
  await run(['unshare', `--net=${path}`, '--', 'true']);
  await run(['ip', 'link', 'add', node.mark, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', path]);
  await run(['ip', 'link', 'set', node.mark, 'master', bridgeName, 'up']);
  await runInNode(node, ['ip', 'link', 'set', 'lo', 'up']);
  await runInNode(node, ['ip', 'address', 'add', `${node.address}/24`, 'dev', 'eth0']);
  await runInNode(node, ['ip', 'link', 'set', 'eth0', 'up']);
  await runInNode(node, ['ip', 'route', 'add', 'default', 'via', gatewayAddress]);
  for (const other of nodes.filter(({ name }) => name !== node.name)) {
    await runInNode(node, ['ip', 'route', 'add', other.podCidr, 'via', other.address]);
  }
  await runInNode(node, ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.bridge.bridge-nf-call-iptables=1']);
  // Pods reach what lies outside the pod network with their node's address; between pods addresses stay.
  const masquerade = [
    '-t',
    'nat',
    '-A',
    'POSTROUTING',
    '-s',
    podRange,
    '!',
    '-d',
    podRange,
    '-j',
    'MASQUERADE',
  ];
  await runInNode(node, ['iptables', ...masquerade]);
}

/** kube-proxy's rules see traffic between pods of one node only with this module. */
async function requireBridgeNetfilter(): Promise<void> {
  const sysctl = '/proc/sys/net/bridge/bridge-nf-call-iptables';
  if (existsSync(sysctl)) return;
  await tryRun(['modprobe', 'br_netfilter']).catch(() => undefined); // no modprobe: the check below says it
  if (existsSync(sysctl)) return;
  throw new UserError('cannot make the nodes', `${sysctl} does not exist`, 'modprobe br_netfilter');
}
