import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { captureName, type BundleContents, type CaptureOrigin } from '../../src/bundle/bundle.ts';
import type { Facts } from '../../src/cluster/facts.ts';
import type { Report } from '../../src/report/report.ts';

/** A folder that is gone after the test. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'netdebug-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const ORIGIN: CaptureOrigin = {
  vantagePoint: 'pod/shop/client eth0',
  node: 'node1',
  addresses: ['10.244.1.5'],
  container: 'netdebug-4f1c2a',
  dropped: 0,
  ended: 'duration',
  problems: [],
  bothDirections: true,
  image: 'netshoot:v1',
};

export const FACTS: Facts = {
  factsVersion: 1,
  collectedAt: '2026-11-21T10:00:00Z',
  serverVersion: 'v1.34.4',
  apiServer: '172.30.0.1:6443',
  targets: [{ namespace: 'shop', name: 'client' }],
  nodes: [
    {
      name: 'node1',
      labels: {},
      addresses: ['172.30.0.11'],
      podCidrs: ['10.244.1.0/24'],
      ready: true,
      problems: [],
      plugins: [],
      pluginAddresses: [],
    },
  ],
  pods: [],
  services: [
    {
      namespace: 'shop',
      name: 'payments',
      type: 'ClusterIP',
      clusterIPs: ['10.96.3.4'],
      externalIPs: [],
      externalName: '',
      selector: { app: 'paymnts', constructor: 'x' },
      ports: [{ name: '', port: 80, protocol: 'TCP', targetPort: 'http', nodePort: 0 }],
      publishNotReadyAddresses: false,
      internalTrafficPolicy: 'Cluster',
      externalTrafficPolicy: 'Cluster',
      sessionAffinity: 'None',
      topologyMode: '',
    },
  ],
  endpointSlices: [],
  namespaces: [{ name: 'shop', labels: { team: 'web' } }],
  networkPolicies: null,
  adminPolicies: null,
  otherPolicyKinds: null,
  events: null,
  resolver: { nameservers: ['10.96.0.10'], search: ['shop.svc.cluster.local'], ndots: 5 },
  clusterDns: null,
  unreadable: [{ what: 'networkpolicies', why: 'forbidden', fix: '' }],
};

export const REPORT: Report = {
  schemaVersion: '1.0',
  tool: { name: 'kubectl-netdebug', version: '0.1.0' },
  verdict: { outcome: 'healthy', text: 'nothing failed' },
  captures: [],
  findings: [],
  causes: [],
  unknowns: [],
  policySuspects: [],
  pairs: [],
  conversations: [],
  dns: [],
  latencies: [],
  comparisons: [],
  applications: [],
  seenNames: {},
  names: {},
};

/** Contents with two captures of the given bytes. */
export async function sampleContents(
  folder: string,
  captures: readonly Buffer[] = [Buffer.alloc(5000, 7), Buffer.from('b')],
): Promise<BundleContents> {
  const packed = captures.map((bytes, index) => ({
    bytes,
    path: join(folder, `capture-${index}.pcap`),
    name: captureName(index, `pod/shop/client-${index} eth0`),
    origin: ORIGIN,
  }));
  for (const { path, bytes } of packed) await writeFile(path, bytes);
  return {
    captures: packed.map(({ path, name, origin }) => ({ path, name, origin })),
    facts: FACTS,
    report: REPORT,
    summary: '# healthy\n',
    createdAt: '2026-11-21T10:00:30Z',
    cut: true,
  };
}
