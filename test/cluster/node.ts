import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeNodeCgroups } from './cgroups.ts';
import type { Cni } from './cni/index.ts';
import { run } from './command.ts';
import { waitForComponent } from './control-plane.ts';
import { importImages, pauseImage } from './images.ts';
import {
  containerdSocket,
  containerdStateFolder,
  dnsServiceAddress,
  gatewayAddress,
  inNetns,
  nodeStateFolder,
  podRange,
  staticPodFolder,
  type ClusterNode,
} from './nodes.ts';
import { binFolder } from './paths.ts';
import { kubeconfigPath, pki } from './pki.ts';
import { startProcess } from './processes.ts';

/** Starts a node's containerd and imports the images; needs no API server. */
export async function startContainerd(node: ClusterNode, cni: Cni): Promise<void> {
  const folder = nodeStateFolder(node);
  for (const name of ['cni', 'kubelet', 'podlogs', 'static-pods'])
    mkdirSync(join(folder, name), { recursive: true });
  mkdirSync(containerdStateFolder(node), { recursive: true });
  makeNodeCgroups(node);
  writeFileSync(join(folder, 'cni/10-netdebug.conflist'), JSON.stringify(cni.configure(node)));
  const config = join(folder, 'containerd.toml');
  writeFileSync(config, containerdConfig(node, cni));
  // nsenter, not `ip netns exec`: that one mounts another /sys, which hides the cgroups.
  startProcess(`${node.name}-containerd`, [
    'env',
    ...Object.entries(cni.environment(node)).map(([key, value]) => `${key}=${value}`),
    ...inNetns(node, ['containerd', '--config', config]),
  ]);
  await waitForComponent(`${node.name}-containerd`, async () => {
    await run(['ctr', '-a', containerdSocket(node), 'version'], { timeoutMs: 2000 });
    return true;
  });
  await importImages(node);
}

/** Starts a node's kubelet and kube-proxy. */
export function startNodeAgents(node: ClusterNode): void {
  const folder = nodeStateFolder(node);
  const kubeletFile = join(folder, 'kubelet.json');
  writeFileSync(kubeletFile, JSON.stringify(kubeletConfig(node), null, 2));
  const kubelet = [
    join(binFolder, 'kubelet'),
    `--config=${kubeletFile}`,
    `--kubeconfig=${kubeconfigPath(node.name)}`,
    `--root-dir=${join(folder, 'kubelet')}`,
    `--cert-dir=${join(folder, 'kubelet/pki')}`,
    `--hostname-override=${node.name}`,
    `--node-ip=${node.address}`,
  ];
  startProcess(`${node.name}-kubelet`, inNetns(node, kubelet));
  const proxyFile = join(folder, 'kube-proxy.json');
  writeFileSync(proxyFile, JSON.stringify(proxyConfig(node), null, 2));
  startProcess(
    `${node.name}-kube-proxy`,
    inNetns(node, [join(binFolder, 'kube-proxy'), `--config=${proxyFile}`]),
  );
}

function containerdConfig(node: ClusterNode, cni: Cni): string {
  const folder = nodeStateFolder(node);
  const state = containerdStateFolder(node);
  return `version = 2
root = "${folder}/containerd"
state = "${state}"
[grpc]
  address = "${containerdSocket(node)}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Without CAP_SYS_RESOURCE a lower oom_score_adj cannot be set, and runc then fails for every sandbox.
  restrict_oom_score_adj = true
  # The pods' namespaces below our own folder, so that they are found when the cluster is taken down.
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cni.binFolder}"
    conf_dir = "${folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = "${state}/runc"
`;
}

/** https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ */
function kubeletConfig(node: ClusterNode): Record<string, unknown> {
  const folder = nodeStateFolder(node);
  const resolvConf = join(folder, 'resolv.conf');
  writeFileSync(resolvConf, `nameserver ${gatewayAddress}\n`);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: node.address,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pki('ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${node.mark}`,
    clusterDNS: [dnsServiceAddress],
    clusterDomain: 'cluster.local',
    containerRuntimeEndpoint: `unix://${containerdSocket(node)}`,
    evictionHard: {
      'imagefs.available': '1%',
      'memory.available': '100Mi',
      'nodefs.available': '1%',
      'nodefs.inodesFree': '1%',
    },
    failSwapOn: false,
    healthzPort: 0,
    imageGCHighThresholdPercent: 100,
    makeIPTablesUtilChains: false,
    podLogsDir: join(folder, 'podlogs'),
    resolvConf,
    staticPodPath: staticPodFolder(node),
    volumePluginDir: join(folder, 'volume-plugins'),
  };
}

/** https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/ */
function proxyConfig(node: ClusterNode): Record<string, unknown> {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clientConnection: { kubeconfig: kubeconfigPath('proxy') },
    clusterCIDR: podRange,
    conntrack: { maxPerCore: 0 }, // nf_conntrack_max is read-only in a network namespace
    healthzBindAddress: '',
    metricsBindAddress: '127.0.0.1:10249',
    hostnameOverride: node.name,
    iptables: { minSyncPeriod: '0s' }, // a changed Service is seen at once, not after a second
  };
}
