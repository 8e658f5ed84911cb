import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Report } from '../../../src/report/report.ts';
import { cluster } from '../cluster.ts';
import { type ClusterNode, nodes } from '../nodes.ts';
import { report, said, start } from './netdebug.ts';
import { testNamespace, type TestPod, withPods } from './pods.ts';
import { nodeTap, podTap, segmentsOf, tapped } from './taps.ts';

const folder = mkdtempSync(join(tmpdir(), 'netdebug-both-ends-'));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await cluster.tryKubectl(['delete', 'service,endpointslice', serviceName, '-n', testNamespace]);
});

const serve = 'mkdir /tmp/www; head -c 300000 /dev/zero > /tmp/www/file; exec httpd -f -p 8080 -h /tmp/www';
const idle = 'trap "exit 0" TERM; sleep 1000000 & wait';
const nodePort = 30977;
const serviceName = 'both-ends';

/** A Service with a node port whose only endpoint is this pod. */
function serviceOf({ address }: TestPod): string {
  const metadata = { name: serviceName, namespace: testNamespace };
  const port = { name: 'http', port: 80, targetPort: 8080, nodePort };
  const service = { apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'NodePort', ports: [port] } };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': serviceName } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address] }],
    ports: [{ name: 'http', port: 8080 }],
  };
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [service, slice] });
}

/** A rule that drops packets of these pods only, while the task runs. */
async function dropping(
  node: ClusterNode['name'],
  match: readonly string[],
  task: () => Promise<void>,
): Promise<void> {
  const rule = ['-p', 'tcp', ...match, '-j', 'DROP'];
  await cluster.inNode(node, ['iptables', '-I', 'FORWARD', '1', ...rule]);
  try {
    await task();
  } finally {
    await cluster.inNode(node, ['iptables', '-D', 'FORWARD', ...rule]);
  }
}

/** The same packets, taken by a clock that is ahead. */
function shifted(file: string, seconds: number): string {
  const bytes = readFileSync(file);
  for (let at = 24; at + 16 <= bytes.length; at += 16 + bytes.readUInt32LE(at + 8))
    bytes.writeUInt32LE(bytes.readUInt32LE(at) + seconds, at);
  const target = file.replace('.pcap', '-shifted.pcap');
  writeFileSync(target, bytes);
  return target;
}

/** How many segments of one capture are in the other one. */
async function commonSegments(first: string, second: string): Promise<number> {
  const there = Map.groupBy(await segmentsOf(second), (segment) => segment);
  return (await segmentsOf(first)).filter((segment) => there.get(segment)?.pop() !== undefined).length;
}

const analyse = async (...files: readonly string[]): Promise<Report> =>
  (await report(['analyze', ...files])).report;

/** What was lost between the captures, as far as the test tells it. */
function lost({ findings }: Report): readonly object[] {
  return findings
    .filter(({ id }) => id === 'lost-between')
    .map(({ client, server, confidence, details: { by, seenAt, missingAt } }) => {
      return { client, server, confidence, by, seenAt, missingAt };
    });
}

test('each drop is named by where the packets were seen last', async () => {
  const requests = {
    server: { node: 'node2', script: serve },
    client: { node: 'node1', script: idle },
  } as const;
  await withPods(requests, async ({ server, client }) => {
    await cluster.apply(serviceOf(server));
    const nodeAddress = nodes[0]?.address ?? '';
    const direct = `${server.address}:8080`;
    const translated = `${nodeAddress}:${nodePort}`;
    const ask = async (endpoint: string): Promise<void> =>
      void (await cluster.inPod(
        testNamespace,
        client.name,
        `curl -s -m 2 -o /dev/null http://${endpoint}/file`,
      ));
    // A second later, so that what was lost before cannot be under way any more.
    const askLater = async (endpoint: string): Promise<void> =>
      void (await cluster.inPod(
        testNamespace,
        client.name,
        `sleep 1.2; curl -s -o /dev/null http://${endpoint}/file`,
      ));
    const taps = {
      client: podTap('client', client),
      node1: nodeTap('node1'),
      node2: nodeTap('node2'),
      server: podTap('server', server),
    };
    const filter = `tcp and (host ${client.address} or host ${server.address})`;
    const incident = async (
      name: string,
      node: ClusterNode['name'],
      match: readonly string[],
      endpoint: string,
    ) =>
      await tapped(taps, { folder, name, filter }, async () => {
        await ask(endpoint);
        await dropping(node, match, async () => await ask(endpoint));
        await askLater(endpoint);
      });
    const there = ['-d', server.address, '--dport', '8080'];
    const back = ['-s', server.address, '--sport', '8080'];
    const asked = { client: client.address, server: direct, confidence: 'high' };

    const before = await incident('before-server', 'node2', there, direct);
    const ends = await analyse(before.client, before.server);
    expect(lost(ends)).toEqual([{ ...asked, by: 'client', seenAt: [0], missingAt: [1] }]);
    const common = await commonSegments(before.client, before.server);
    expect(common).toBeGreaterThan(20);
    expect(ends.pairs[0]?.matched).toBeGreaterThanOrEqual(common * 0.99);
    const late = await analyse(before.client, shifted(before.server, 5));
    expect(lost(late)).toEqual(lost(ends));
    expect(late.pairs[0]).toMatchObject({ matched: ends.pairs[0]?.matched, problem: '' });
    const { clockOffsetMs, clockErrorMs } = late.pairs[0] ?? {};
    // Both nodes are this machine, so the clocks are 5 s apart and nothing else.
    expect(Math.abs((clockOffsetMs ?? 0) - 5000)).toBeLessThanOrEqual((clockErrorMs ?? -1) + 0.001);
    const fourPlaces = await analyse(before.client, before.node1, before.node2, before.server);
    expect(lost(fourPlaces)).toEqual([{ ...asked, by: 'client', seenAt: [0, 1, 2], missingAt: [3] }]);

    const answers = await incident('answers', 'node2', back, direct);
    const fromServer = { ...asked, by: 'server' };
    expect(lost(await analyse(answers.client, answers.server))).toEqual([
      { ...fromServer, seenAt: [1], missingAt: [0] },
    ]);
    expect(lost(await analyse(answers.client, answers.node1, answers.node2, answers.server))).toEqual([
      { ...fromServer, seenAt: [3, 2], missingAt: [1, 0] },
    ]);

    const atClient = await incident('clients-node', 'node1', ['-s', client.address, ...there], direct);
    expect(lost(await analyse(atClient.client, atClient.node1, atClient.node2, atClient.server))).toEqual([
      { ...asked, by: 'client', seenAt: [0, 1], missingAt: [2, 3] },
    ]);

    // The client's node translates the address that is dialled, and the client's own one.
    const toService = { ...asked, server: translated };
    const service = await incident('service', 'node2', there, translated);
    const translatedEnds = await analyse(service.client, service.server);
    const sameSegments = await commonSegments(service.client, service.server);
    expect(sameSegments).toBeGreaterThan(20);
    expect(translatedEnds.pairs[0]?.matched).toBeGreaterThanOrEqual(sameSegments * 0.99);
    expect(lost(await analyse(service.client, service.node1, service.node2, service.server))).toEqual([
      { ...toService, by: 'client', seenAt: [0, 1, 2], missingAt: [3] },
    ]);
    const unheard = await incident('service-answers', 'node2', back, translated);
    expect(lost(await analyse(unheard.client, unheard.server))).toEqual([
      { ...toService, by: 'server', seenAt: [1], missingAt: [0] },
    ]);

    // The same by the program's own captures, at the nodes too; the cluster says which pods the Service stands for.
    const places = [`pod/${client.name}`, `pod/${server.name}`];
    const words = ['--nodes', '-n', testNamespace, '--duration', '9s', '--bundle', '-o', 'json'];
    const traced = start(['trace', ...places, ...words], { cwd: folder });
    await said(traced, 'Capturing at');
    await ask(translated);
    await dropping('node2', there, async () => await ask(translated));
    await askLater(translated);
    const live = JSON.parse((await traced.done).stdout) as Report;
    expect(lost(live)).toEqual([{ ...toService, by: 'client', seenAt: [0, 2, 3], missingAt: [1] }]);
    const [bundle = ''] = readdirSync(folder).filter((name) => name.endsWith('.tar.gz'));
    const again = await analyse(join(folder, bundle));
    expect(again.findings).toEqual(live.findings);
    expect(again.verdict).toEqual(live.verdict);
  });
});
