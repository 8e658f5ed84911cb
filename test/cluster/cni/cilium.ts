import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { buildIfMissing } from '../build.ts';
import { tryRun } from '../command.ts';
import { waitForComponent } from '../control-plane.ts';
import { kubectl } from '../kubectl.ts';
import { inNetns, nodes, podRange, type ClusterNode } from '../nodes.ts';
import { adminKubeconfig, runFolder } from '../paths.ts';
import { startProcess } from '../processes.ts';
import { progress } from '../progress.ts';
import { waitFor } from '../wait.ts';
import { ciliumBuild, ciliumFolder } from './cilium-build.ts';
import type { Cni } from './index.ts';

const networkName = 'netdebug-cilium';
const binFolder = join(runFolder, 'cni-bin');
/** Where Debian's clang-19 lies: the agent compiles its programs when it starts. */
const compilerFolder = '/usr/lib/llvm-19/bin';

/**
 * Cilium as on a real node, less operator, Envoy and Hubble: routed pods with a /32 each, policies enforced by its
 * programs in the kernel, denied packets dropped without a word. kube-proxy stays, so a pod sees ClusterIPs.
 */
export const cilium: Cni = {
  name: 'cilium',
  packages: ['clang-19'],
  binFolder,
  build: async () => await buildIfMissing(ciliumBuild),
  configure: (node) => {
    linkPrograms();
    const plugin = { type: 'cilium-cni', 'log-file': join(agentFolder(node), 'cni.log') };
    return { cniVersion: '0.3.1', name: networkName, plugins: [plugin] };
  },
  environment: (node) => ({ CILIUM_SOCK: agentSocket(node) }),
  start: async () => {
    progress('Cilium');
    await kubectl(['apply', '--server-side', '-R', '-f', join(ciliumFolder, 'crds')]);
    for (const node of nodes) await registerPodRange(node);
    for (const node of nodes) startAgent(node);
    for (const node of nodes) await waitForAgent(node);
  },
};

function agentFolder(node: ClusterNode): string {
  return join(runFolder, node.name, 'cilium');
}

function agentSocket(node: ClusterNode): string {
  return join(agentFolder(node), 'run/cilium.sock');
}

/** containerd looks in one folder only; the reference plugin for `lo` is needed as well. */
function linkPrograms(): void {
  rmSync(binFolder, { recursive: true, force: true });
  mkdirSync(binFolder, { recursive: true });
  symlinkSync(join(ciliumFolder, 'cilium-cni'), join(binFolder, 'cilium-cni'));
  symlinkSync('/usr/lib/cni/loopback', join(binFolder, 'loopback'));
}

/** The agent takes its pods' addresses from the Node (`--ipam=kubernetes`), once kubelet has registered it. */
async function registerPodRange(node: ClusterNode): Promise<void> {
  const patch = JSON.stringify({ spec: { podCIDR: node.podCidr, podCIDRs: [node.podCidr] } });
  await waitFor(`node ${node.name} to register`, async () => {
    await kubectl(['patch', 'node', node.name, '-p', patch]);
    return true;
  });
}

/**
 * In a mount namespace of its own: two agents on one kernel would share what they pin in /sys/fs/bpf and what has a
 * fixed path in /run/cilium; the cgroup2 mount serves machines that have v1.
 */
const inOwnMounts = `set -e
mount --make-rprivate /
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 none "$1/cgroup2"
mkdir -p /run/cilium
mount --bind "$1/run" /run/cilium
cd "$1"
shift
exec "$@"`;

function startAgent(node: ClusterNode): void {
  const folder = agentFolder(node);
  for (const name of ['run', 'lib', 'cgroup2']) mkdirSync(join(folder, name), { recursive: true });
  symlinkSync(join(ciliumFolder, 'bpf'), join(folder, 'lib/bpf'));
  const environment = [`PATH=${compilerFolder}:${process.env['PATH'] ?? ''}`, `K8S_NODE_NAME=${node.name}`];
  const agent = [join(ciliumFolder, 'daemon'), ...agentFlags(node)];
  startProcess(
    `${node.name}-cilium`,
    inNetns(node, [
      'unshare',
      '--mount',
      'env',
      ...environment,
      'sh',
      '-c',
      inOwnMounts,
      'sh',
      folder,
      ...agent,
    ]),
  );
}

/** https://docs.cilium.io/en/v1.18/cmdref/cilium-agent/ */
function agentFlags(node: ClusterNode): string[] {
  const folder = agentFolder(node);
  return [
    `--k8s-kubeconfig-path=${adminKubeconfig}`,
    `--state-dir=${join(folder, 'run')}`,
    `--lib-dir=${join(folder, 'lib')}`,
    `--socket-path=${agentSocket(node)}`,
    '--bpf-root=/sys/fs/bpf',
    `--cgroup-root=${join(folder, 'cgroup2')}`,
    '--annotate-k8s-node=true',
    '--bpf-map-dynamic-size-ratio=0.0005', // else it takes a share of this machine's memory
    '--cni-exclusive=false',
    '--enable-endpoint-health-checking=false',
    '--enable-health-checking=false',
    '--enable-hubble=false',
    '--enable-ipv4-masquerade=true',
    '--enable-ipv6=false',
    '--enable-l7-proxy=false',
    '--identity-allocation-mode=crd',
    // Without these two a changed label takes ten seconds and more to count.
    '--identity-change-grace-period=0s',
    '--identity-max-jitter=1ms',
    '--ipam=kubernetes',
    `--ipv4-native-routing-cidr=${podRange}`,
    '--kube-proxy-replacement=false',
    '--monitor-aggregation=none',
    '--routing-mode=native',
  ];
}

async function waitForAgent(node: ClusterNode): Promise<void> {
  const status = [join(ciliumFolder, 'cilium-dbg'), '-H', `unix://${agentSocket(node)}`, 'status', '--brief'];
  await waitForComponent(
    `${node.name}-cilium`,
    async () => (await tryRun(status, { timeoutMs: 5000 })).stdout.trim() === 'OK',
  );
}
