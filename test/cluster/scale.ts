import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect } from '../../src/kube/connect.ts';
import type { KubeConnection } from '../../src/kube/exec-api.ts';
import type { Report } from '../../src/report/report.ts';
import { cluster } from './cluster.ts';
import { tryRun } from './command.ts';
import { installInto } from './e2e/installed.ts';
import { appImage } from './images.ts';
import { withLock } from './lock.ts';
import type { MeasuredRun } from './measured-run.ts';
import { type Row, writeMeasured } from './measured-page.ts';
import { adminKubeconfig, kubectlPath } from './paths.ts';
import { prepareBase } from './run-scenario.ts';
import { bringUp } from './up.ts';
import { takeDown } from './down.ts';

/*
 * `npm run scale`: a trace in a cluster with thousands of pods, Services and policies, into the table of docs/scale.md.
 * Takes a cluster for itself (`NETDEBUG_CLUSTER=spare`), for it is full afterwards, and ends it.
 */

const PODS = 5000;
const SERVICES = 2000;
const POLICIES = 1000;
const NODES = 50;
const NAMESPACES = 50;
/** Requests under way at a time. */
const SIDE_BY_SIDE = 24;
const CAPTURE_SECONDS = 10;

/** Of the client's traffic, which never ends: the last packet tells when the capture ended. */
const TRAFFIC =
  'while :; do curl -s -m 2 -o /dev/null http://ledger.shop/; curl -s -o /dev/null http://payments.shop/; done';

async function main(): Promise<void> {
  await withLock('cluster', bringUp);
  const folder = mkdtempSync(join(tmpdir(), 'netdebug-scale-'));
  try {
    await prepareBase();
    const launcher = await installInto(join(folder, 'installed'));
    const empty = await traced(launcher, folder);
    await fill();
    const full = await traced(launcher, folder);
    const rows = [...rowsOf('two nodes, 11 pods', empty), ...rowsOf(size(), full)];
    writeMeasured('scale', rows);
    for (const row of rows) console.log(row.join(': '));
  } finally {
    rmSync(folder, { recursive: true });
    await withLock('cluster', takeDown);
  }
}

function size(): string {
  const [pods, services, policies] = [PODS, SERVICES, POLICIES].map((number) => number.toLocaleString('en'));
  return `${String(pods)} pods, ${String(services)} Services, ${String(policies)} policies`;
}

/** Makes the objects as if they ran on nodes without kubelets. */
async function fill(): Promise<void> {
  const api = connect({ kubeconfig: adminKubeconfig }, {});
  try {
    await each(NODES, async (index) => await makeNode(api, index));
    await each(NAMESPACES, async (index) => {
      const name = spaceOf(index);
      await api.create('/api/v1/namespaces', { metadata: { name, labels: { team: `team-${index}` } } });
      // Pods need it, and its controller takes its time.
      await cluster.kubectl(['create', 'serviceaccount', 'default', '-n', name]).catch(() => undefined);
    });
    await each(SERVICES, async (index) => {
      const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
      const body = { metadata: { name: `service-${index}` }, spec: { selector: labelsOf(index), ports } };
      await api.create(`/api/v1/namespaces/${spaceOf(index)}/services`, body);
    });
    await each(POLICIES, async (index) => {
      const from = [{ podSelector: { matchLabels: labelsOf(index + 1) } }];
      const spec = { podSelector: { matchLabels: labelsOf(index) }, ingress: [{ from }] };
      const path = `/apis/networking.k8s.io/v1/namespaces/${spaceOf(index)}/networkpolicies`;
      await api.create(path, { metadata: { name: `policy-${index}` }, spec });
    });
    await each(PODS, async (index) => await makePod(api, index));
    await cluster.apply(`
apiVersion: v1
kind: Service
metadata: { name: ledger, namespace: shop }
spec: { selector: { app: paymnts }, ports: [{ port: 80, targetPort: 8080 }] }
`);
  } finally {
    api.close();
  }
}

async function makeNode(api: KubeConnection, index: number): Promise<void> {
  await api.create('/api/v1/nodes', {
    metadata: { name: `ghost-${index}`, labels: { 'kubernetes.io/hostname': `ghost-${index}` } },
    spec: { podCIDR: `10.200.${index}.0/24`, podCIDRs: [`10.200.${index}.0/24`] },
  });
}

async function makePod(api: KubeConnection, index: number): Promise<void> {
  const path = `/api/v1/namespaces/${spaceOf(index)}/pods`;
  const name = `pod-${index}`;
  const ip = `10.200.${index % NODES}.${Math.floor(index / NODES) + 1}`;
  const container = {
    name: 'app',
    image: appImage,
    ports: [{ name: 'http', containerPort: 8080 }],
    env: Array.from({ length: 20 }, (_, at) => ({ name: `SETTING_${at}`, value: 'x'.repeat(40) })),
    resources: { requests: { cpu: '100m', memory: '64Mi' } },
  };
  const tolerations = [{ operator: 'Exists' }];
  await api.create(path, {
    metadata: { name, labels: labelsOf(index) },
    spec: { nodeName: `ghost-${index % NODES}`, tolerations, containers: [container] },
  });
  const now = new Date().toISOString();
  await api.patch(`${path}/${name}/status`, {
    status: {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: now }],
      containerStatuses: [
        {
          name: 'app',
          image: appImage,
          imageID: '',
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: now } },
        },
      ],
    },
  });
}

function spaceOf(index: number): string {
  return `team-${index % NAMESPACES}`;
}

/** Several pods of a namespace have the same. */
function labelsOf(index: number): Record<string, string> {
  return { app: `app-${index % SERVICES}`, tier: 'back' };
}

async function each(count: number, make: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await make(next++);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
}

interface Traced {
  readonly report: Report;
  readonly run: MeasuredRun;
}

/** Traces the client with the built program. */
async function traced(launcher: string, folder: string): Promise<Traced> {
  const measured = join(folder, 'measured.json');
  const traffic = cluster.inPod('shop', 'client', `timeout 60 sh -c '${TRAFFIC}'`);
  const { stdout, stderr } = await tryRun(
    [launcher, 'trace', 'pod/client', '-n', 'shop', '--duration', `${CAPTURE_SECONDS}s`, '-o', 'json'],
    {
      cwd: folder,
      env: {
        KUBECONFIG: adminKubeconfig,
        PATH: `${dirname(kubectlPath)}:${process.env['PATH'] ?? ''}`,
        NODE_OPTIONS: `--import=${join(import.meta.dirname, 'measured-run.ts')}`,
        NETDEBUG_MEASURED: measured,
      },
    },
  );
  await traffic;
  if (stdout === '') throw new Error(stderr);
  return {
    report: JSON.parse(stdout) as Report,
    run: JSON.parse(readFileSync(measured, 'utf8')) as MeasuredRun,
  };
}

function rowsOf(what: string, { report, run }: Traced): Row[] {
  const lastMs = Date.parse(report.captures[0]?.lastSeen ?? '');
  const lists = Object.entries(run.requests).toSorted(([, one], [, other]) => other - one);
  const total = lists.reduce((sum, [, count]) => sum + count, 0);
  const cause = report.causes[0];
  return [
    [
      `${what}: from the capture's last packet to the end of the program`,
      `${((run.endedMs - lastMs) / 1000).toFixed(1)} s`,
    ],
    [`${what}: requests to the API server`, `${total}`],
    [
      `${what}: most of them`,
      lists
        .slice(0, 6)
        .map(([kind, count]) => `${count} × ${kind}`)
        .join(', '),
    ],
    [`${what}: peak resident memory`, `${Math.round(run.peakKib / 1024)} MiB`],
    [`${what}: first cause`, cause === undefined ? '–' : `${cause.id}, ${cause.confidence}`],
  ];
}

await main();
