import { join } from 'node:path';
import { instance } from './instance.ts';
import { binFolder, runFolder } from './paths.ts';
import { kubectl } from './kubectl.ts';
import { gatewayAddress, podRange, serviceRange } from './nodes.ts';
import { kubeconfigPath, pki } from './pki.ts';
import { logTail, startProcess } from './processes.ts';
import { waitFor } from './wait.ts';

const clientUrl = `https://127.0.0.1:${instance.ports.etcdClient}`;
const peerUrl = `https://127.0.0.1:${instance.ports.etcdPeer}`;

/** etcd, API server, controller manager and scheduler, in the root namespace. */
export async function startControlPlane(): Promise<void> {
  startEtcd();
  startApiServer();
  await waitForComponent('kube-apiserver', async () => (await kubectl(['get', '--raw', '/readyz'])) === 'ok');
  startProcess('kube-controller-manager', [
    join(binFolder, 'kube-controller-manager'),
    `--kubeconfig=${kubeconfigPath('controller-manager')}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${instance.ports.controllerManager}`,
    '--use-service-account-credentials',
    `--root-ca-file=${pki('ca.crt')}`,
    `--service-account-private-key-file=${pki('service-account.key')}`,
    '--leader-elect=false',
    `--cluster-cidr=${podRange}`,
    '--allocate-node-cidrs=false',
  ]);
  startProcess('kube-scheduler', [
    join(binFolder, 'kube-scheduler'),
    `--kubeconfig=${kubeconfigPath('scheduler')}`,
    `--authentication-kubeconfig=${kubeconfigPath('scheduler')}`,
    `--authorization-kubeconfig=${kubeconfigPath('scheduler')}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${instance.ports.scheduler}`,
    '--leader-elect=false',
  ]);
}

/** Waits for a component and, if it does not come, says what its log says. */
export async function waitForComponent(name: string, test: () => Promise<boolean>): Promise<void> {
  try {
    await waitFor(name, test);
  } catch (error) {
    throw new Error(`${name} did not become ready; the end of its log:\n${logTail(name)}`, { cause: error });
  }
}

/** Not its usual ports, and only with a certificate of ours: other users of the machine must not reach it. */
function startEtcd(): void {
  const certificate = ['cert-file', 'key-file', 'trusted-ca-file'] as const;
  const files = { 'cert-file': 'etcd.crt', 'key-file': 'etcd.key', 'trusted-ca-file': 'ca.crt' };
  startProcess('etcd', [
    'etcd',
    `--data-dir=${join(runFolder, 'etcd')}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    '--client-cert-auth',
    '--peer-client-cert-auth',
    ...certificate.map((flag) => `--${flag}=${pki(files[flag])}`),
    ...certificate.map((flag) => `--peer-${flag}=${pki(files[flag])}`),
    '--logger=zap',
    '--log-level=warn',
  ]);
}

function startApiServer(): void {
  startProcess('kube-apiserver', [
    join(binFolder, 'kube-apiserver'),
    `--bind-address=${gatewayAddress}`,
    `--advertise-address=${gatewayAddress}`,
    '--secure-port=6443',
    `--etcd-servers=${clientUrl}`,
    `--etcd-cafile=${pki('ca.crt')}`,
    `--etcd-certfile=${pki('etcd.crt')}`,
    `--etcd-keyfile=${pki('etcd.key')}`,
    `--client-ca-file=${pki('ca.crt')}`,
    `--tls-cert-file=${pki('apiserver.crt')}`,
    `--tls-private-key-file=${pki('apiserver.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki('service-account.pub')}`,
    `--service-account-signing-key-file=${pki('service-account.key')}`,
    `--kubelet-client-certificate=${pki('kubelet-client.crt')}`,
    `--kubelet-client-key=${pki('kubelet-client.key')}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--service-cluster-ip-range=${serviceRange}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
  ]);
}
