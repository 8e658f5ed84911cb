import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import { gatewayAddress, kubernetesServiceAddress, nodes } from './nodes.ts';
import { adminKubeconfig, pkiFolder } from './paths.ts';

/** Where the API server listens. */
export const apiServerUrl: string = `https://${gatewayAddress}:6443`;

/** A certificate to be made. Kubernetes reads user from CN and groups from O (docs: x509 client certificates). */
interface CertificateRequest {
  readonly name: string;
  readonly subject: string;
  readonly alternativeNames: string;
}

const apiServerNames = [
  'DNS:kubernetes',
  'DNS:kubernetes.default',
  'DNS:kubernetes.default.svc',
  'DNS:kubernetes.default.svc.cluster.local',
  'DNS:localhost',
  'IP:127.0.0.1',
  `IP:${gatewayAddress}`,
  `IP:${kubernetesServiceAddress}`,
].join(',');

const requests: readonly CertificateRequest[] = [
  { name: 'apiserver', subject: '/CN=kube-apiserver', alternativeNames: apiServerNames },
  { name: 'etcd', subject: '/CN=etcd', alternativeNames: 'IP:127.0.0.1' },
  client('admin', '/O=system:masters/CN=kubernetes-admin'),
  client('kubelet-client', '/O=system:masters/CN=kube-apiserver-kubelet-client'),
  client('controller-manager', '/CN=system:kube-controller-manager'),
  client('scheduler', '/CN=system:kube-scheduler'),
  client('proxy', '/CN=system:kube-proxy'),
  ...nodes.map((node) => client(node.name, `/O=system:nodes/CN=system:node:${node.name}`)),
];

/** Who gets a kubeconfig beside their certificate. */
const kubeconfigNames = ['controller-manager', 'scheduler', 'proxy', ...nodes.map((node) => node.name)];

/** Makes the CA, every certificate, the service-account key pair and the kubeconfigs, all readable by root only. */
export async function makePki(): Promise<void> {
  mkdirSync(pkiFolder, { recursive: true, mode: 0o700 });
  await makeKey('ca');
  await openssl([
    'req',
    '-x509',
    '-new',
    '-key',
    'ca.key',
    '-days',
    '3650',
    '-subj',
    '/CN=netdebug-test-ca',
    '-out',
    'ca.crt',
  ]);
  await makeKey('service-account');
  await openssl(['pkey', '-in', 'service-account.key', '-pubout', '-out', 'service-account.pub']);
  await Promise.all(requests.map(makeCertificate));
  for (const name of kubeconfigNames) writeKubeconfig(kubeconfigPath(name), clientCertificate(name));
  writeKubeconfig(adminKubeconfig, clientCertificate('admin'));
}

/** Path of a file of the PKI: `pki('ca.crt')`. */
export function pki(file: string): string {
  return join(pkiFolder, file);
}

/** Kubeconfig of a component. */
export function kubeconfigPath(name: string): string {
  return pki(`${name}.kubeconfig`);
}

/** Writes a kubeconfig with one context, mode 0600. `user` is the user's entry, as an object. */
export function writeKubeconfig(path: string, user: Readonly<Record<string, string>>): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'netdebug-test', cluster: { server: apiServerUrl, 'certificate-authority': pki('ca.crt') } },
    ],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'netdebug-test', context: { cluster: 'netdebug-test', user: 'user' } }],
    'current-context': 'netdebug-test',
  };
  writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 }); // JSON is YAML
}

function client(name: string, subject: string): CertificateRequest {
  return { name, subject, alternativeNames: `DNS:${name}` };
}

function clientCertificate(name: string): Record<string, string> {
  return { 'client-certificate': pki(`${name}.crt`), 'client-key': pki(`${name}.key`) };
}

async function makeCertificate(request: CertificateRequest): Promise<void> {
  const { name, subject, alternativeNames } = request;
  await makeKey(name);
  await openssl(['req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`]);
  writeFileSync(
    pki(`${name}.ext`),
    `subjectAltName=${alternativeNames}\nextendedKeyUsage=serverAuth,clientAuth\n`,
  );
  // Without a serial number file openssl takes a random one, so that certificates can be made side by side.
  const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-days', '3650', '-extfile', `${name}.ext`];
  await openssl(['x509', '-req', '-in', `${name}.csr`, ...authority, '-out', `${name}.crt`]);
}

async function makeKey(name: string): Promise<void> {
  // P-256: a few milliseconds each, where RSA keys take a second together.
  await openssl([
    'genpkey',
    '-algorithm',
    'EC',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-out',
    `${name}.key`,
  ]);
  chmodSync(pki(`${name}.key`), 0o600);
}

async function openssl(args: readonly string[]): Promise<void> {
  await run(['openssl', ...args], { cwd: pkiFolder });
}
