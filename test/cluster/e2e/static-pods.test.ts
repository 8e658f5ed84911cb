import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cluster } from '../cluster.ts';
import { appImage } from '../images.ts';
import { nodes, staticPodFolder } from '../nodes.ts';
import { waitFor } from '../wait.ts';
import { report, start } from './netdebug.ts';

const namespace = 'e2e-static';
const [node] = nodes;
if (node === undefined) throw new Error('the cluster has no node');
/** The name by which the API server knows it. */
const mirror = `client-${node.name}`;
const manifest = join(staticPodFolder(node), 'client.json');
const script =
  'while :; do dig +short +time=1 +tries=1 @10.96.0.10 kubernetes.default.svc.cluster.local; sleep 0.3; done';

beforeAll(async () => {
  await cluster.kubectl(['create', 'namespace', namespace]);
  const containers = [{ name: 'app', image: appImage, command: ['sh', '-c', script] }];
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'client', namespace },
    spec: { terminationGracePeriodSeconds: 1, containers },
  };
  writeFileSync(manifest, JSON.stringify(pod));
  const path = 'jsonpath={.status.phase} {.status.podIP}';
  await waitFor('the static pod to run', async () =>
    /^Running \d/.test(await cluster.kubectl(['get', 'pod', mirror, '-n', namespace, '-o', path])),
  );
});

afterAll(async () => {
  rmSync(manifest, { force: true });
  await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

test('a static pod takes no debug container, which is said with the way in', async () => {
  const { exitStatus, stdout, stderr } = await start(['trace', `pod/${mirror}`, '-n', namespace]).done;
  expect([exitStatus, stdout]).toEqual([2, '']);
  expect(stderr).toContain('static pod');
  expect(stderr).toContain('--profile node');
});

test('and is captured from its node, in its own network', async () => {
  const words = ['trace', `pod/${mirror}`, '-n', namespace, '--profile', 'node', '--duration', '4s'];
  const { report: found } = await report(words);
  const said = await cluster.kubectl([
    'get',
    'pod',
    mirror,
    '-n',
    namespace,
    '-o',
    'jsonpath={.status.podIP}',
  ]);
  expect(found.captures[0]).toMatchObject({
    vantagePoint: `pod/${namespace}/${mirror} eth0`,
    addresses: [said],
  });
  expect(found.dns.map(({ client, result }) => ({ client, result }))).toContainEqual({
    client: said,
    result: 'NOERROR',
  });
});
