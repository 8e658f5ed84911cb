import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../../../src/report/report.ts';
import { cluster } from '../cluster.ts';
import { appImage } from '../images.ts';
import { withLock } from '../lock.ts';
import { waitFor } from '../wait.ts';
import { launcher, report, said, start } from './netdebug.ts';

const namespace = 'e2e-targets';
const folder = mkdtempSync(join(tmpdir(), 'netdebug-targets-'));

const labels = (app: string): object => ({ labels: { app } });
const container = (script: string): object => ({
  terminationGracePeriodSeconds: 1,
  containers: [{ name: 'app', image: appImage, command: ['sh', '-c', script] }],
});
const serve = 'mkdir /tmp/www; echo hello > /tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www';
const ask = 'while :; do curl -s -m 2 -o /dev/null http://web/; sleep 0.2; done';

const objects = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'e2e-targets-web' } },
      template: { metadata: labels('e2e-targets-web'), spec: container(serve) },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace },
    spec: { selector: { app: 'e2e-targets-web' }, ports: [{ port: 80, targetPort: 8080 }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'client', namespace, ...labels('client') },
    spec: { nodeName: 'node1', ...container(ask) },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'on-node', namespace, ...labels('on-node') },
    spec: { nodeName: 'node2', hostNetwork: true, ...container('trap "exit 0" TERM; sleep 1000000 & wait') },
  },
];

const webPods = async (): Promise<string[]> => {
  const said = await cluster.kubectl([
    'get',
    'pods',
    '-n',
    namespace,
    '-l',
    'app=e2e-targets-web',
    '-o',
    'name',
  ]);
  return said.trim().split('\n').toSorted();
};

let release: () => void = () => undefined;
beforeAll(async () => {
  const held = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  // Another test may take the cluster down otherwise.
  void withLock('scenario', async () => {
    locked.resolve();
    await held.promise;
  });
  release = held.resolve;
  await locked.promise;
  await cluster.apply(objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  for (const name of ['pod/client', 'pod/on-node']) await cluster.waitReady(namespace, name);
  await cluster.kubectl(['rollout', 'status', 'deploy/web', '-n', namespace, '--timeout=60s']);
});
afterAll(async () => {
  await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']);
  release();
  rmSync(folder, { recursive: true });
});

test('a Deployment, a Service and a selector mean the same pods; a pod of another namespace is one more place', async () => {
  const pods = (await webPods()).map((name) => `${name.replace('pod/', `pod/${namespace}/`)} eth0`);
  const traced = async (...words: string[]): Promise<string[]> => {
    const { report: made } = await report(['trace', ...words, '--duration', '2s']);
    return made.captures.map(({ vantagePoint }) => vantagePoint).toSorted();
  };
  const [byDeployment, byService, bySelector] = await Promise.all([
    traced('deploy/web', `${namespace}/pod/client`, '-n', namespace),
    traced('svc/web', '-n', namespace),
    traced('-A', '-l', 'app=e2e-targets-web'),
  ]);
  expect(byDeployment).toEqual([`pod/${namespace}/client eth0`, ...pods].toSorted());
  expect(byService).toEqual(pods);
  expect(bySelector).toEqual(pods);
});

test('client and Service in one run: one report of all, packets seen at both ends, one ticket that says the same', async () => {
  const args = ['trace', 'pod/client', '--to', 'svc/web', '-n', namespace, '--duration', '4s'];
  const run = await start([...args, '--bundle', '-o', 'json'], { cwd: folder }).done;
  const here = JSON.parse(run.stdout) as Report;
  expect(here.verdict.outcome, run.stderr).toBe('healthy');
  expect(here.captures).toHaveLength(3);
  for (const capture of here.captures) expect(capture).toMatchObject({ ended: 'duration', problems: [] });
  // At the client the filter lets nothing by but the Service.
  const asked = here.conversations.filter(({ capture }) => capture === 0);
  expect(new Set(asked.map(({ serverPort }) => serverPort))).toEqual(new Set([80]));
  const [bundle = ''] = readdirSync(folder);
  const again = await start(['analyze', join(folder, bundle), '-o', 'json'], { program: [launcher] }).done;
  expect(JSON.parse(again.stdout)).toEqual(here);
});

test('a pod that is replaced leaves the capture, its successor joins it', async () => {
  const before = await webPods();
  const run = start(['trace', 'deploy/web', '-n', namespace, '--duration', '30s', '-o', 'json']);
  await said(run, 'Capturing at 2 places');
  await cluster.kubectl(['delete', before[0] ?? '', '-n', namespace, '--wait=false']);
  await said(run, 'has come up and joins');
  await waitFor('packets there', async () => (await webPods()).length === 2);
  run.child.kill('SIGINT');
  const { stdout, stderr } = await run.done;
  const { captures } = JSON.parse(stdout) as Report;
  expect(captures, stderr).toHaveLength(3);
  expect(captures.find(({ ended }) => ended === 'pod-deleted')?.vantagePoint).toContain(
    (before[0] ?? '').replace('pod/', ''),
  );
  expect(captures.filter(({ ended }) => ended === 'interrupted')).toHaveLength(2);
});

test('a place that cannot be captured does not end the others, and the report says so', async () => {
  const args = ['trace', 'pod/client', 'pod/no-such-pod', '-n', namespace, '--duration', '2s'];
  const { report: made, stderr } = await report(args);
  expect(made.captures.map(({ vantagePoint }) => vantagePoint)).toEqual([`pod/${namespace}/client eth0`]);
  expect(stderr).toContain(`left out: Pod ${namespace}/no-such-pod does not exist`);
});

test("in a node's own network the capture leaves itself out", async () => {
  // Without what other tests' pods send to each other.
  const filter = 'not net 10.244.0.0/16 and not net 10.96.0.0/12 and not arp';
  const args = [
    'trace',
    'pod/on-node',
    '-n',
    namespace,
    '--duration',
    '10s',
    '--allow-empty',
    '--filter',
    filter,
  ];
  const { report: made, stderr } = await report([...args, '-w', join(folder, 'node.pcap')]);
  expect(stderr).toContain("uses its node's network (hostNetwork)");
  expect(made.captures[0]?.bytes).toBeLessThan(10_000);
});
