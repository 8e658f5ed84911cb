import { expect, test } from 'vitest';
import { cluster } from '../cluster.ts';
import { run } from '../command.ts';
import { podNamespace } from './far-side.ts';
import { report } from './netdebug.ts';
import { testNamespace, type TestPod, withPods } from './pods.ts';

const service = 'mesh-web';
/** A mesh's sidecar as small as can be: what comes to its port it passes on, from the address that Istio uses. */
const proxied = `mkdir /tmp/www; echo hi > /tmp/www/index.html; httpd -p 8080 -h /tmp/www
exec socat TCP-LISTEN:15006,fork,reuseaddr TCP:127.0.0.1:8080,bind=127.0.0.6`;
const asking = `socat TCP-LISTEN:15001,fork,reuseaddr TCP:$SERVER:8080 &
while :; do [ -e /tmp/go ] && curl -s -m 2 -o /dev/null http://$(cat /tmp/go)/; sleep 0.2; done`;

/** The Service behind which the server is; its address. */
async function serviceFor(pod: string): Promise<string> {
  const labels = await cluster.kubectl([
    'get',
    'pod',
    pod,
    '-n',
    testNamespace,
    '-o',
    'jsonpath={.metadata.labels}',
  ]);
  const metadata = { name: service, namespace: testNamespace };
  const spec = { selector: JSON.parse(labels) as object, ports: [{ port: 80, targetPort: 8080 }] };
  await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata, spec }));
  return await cluster.kubectl([
    'get',
    'service',
    service,
    '-n',
    testNamespace,
    '-o',
    'jsonpath={.spec.clusterIP}',
  ]);
}

/** As a mesh's init container does it. */
async function redirect(pod: TestPod, match: readonly string[], port: number): Promise<void> {
  const enter = ['nsenter', `--net=${podNamespace(pod)}`, '--'];
  await run([
    ...enter,
    'iptables',
    '-w',
    '-t',
    'nat',
    '-A',
    ...match,
    '-j',
    'REDIRECT',
    '--to-ports',
    String(port),
  ]);
}

test('a sidecar on both sides: nothing of it is a fault, and both of its legs are paired', async () => {
  await withPods(
    { server: { node: 'node2', script: proxied }, client: { node: 'node1', script: asking } },
    async ({ server, client }) => {
      try {
        const address = await serviceFor(server.name);
        await redirect(client, ['OUTPUT', '-p', 'tcp', '-d', address, '--dport', '80'], 15_001);
        await redirect(server, ['PREROUTING', '-p', 'tcp', '--dport', '8080'], 15_006);
        const inClient = ['exec', client.name, '-n', testNamespace, '-c', 'app', '--'];
        await cluster.kubectl([...inClient, 'sh', '-c', `echo ${address} > /tmp/go`]);
        const traced = await report([
          'trace',
          `pod/${client.name}`,
          `pod/${server.name}`,
          '-n',
          testNamespace,
          '--mesh',
          '--duration',
          '4s',
        ]);
        const { findings, meshLegs = [], captures } = traced.report;
        expect(captures).toHaveLength(4);
        expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
        expect(traced.exitStatus).toBe(0);
        const outbound = meshLegs.find(({ direction }) => direction === 'outbound');
        expect(outbound).toMatchObject({ mesh: 'Istio', client: client.address, server: `${address}:80` });
        expect(outbound?.connections).toBeGreaterThan(2);
        expect(outbound?.onward).toMatchObject([
          { client: client.address, server: `${server.address}:8080` },
        ]);
        const inbound = meshLegs.find(({ direction }) => direction === 'inbound');
        expect(inbound).toMatchObject({ client: client.address, server: `${server.address}:8080` });
        expect(inbound?.onward).toMatchObject([{ client: '127.0.0.6', server: '127.0.0.1:8080' }]);
      } finally {
        await cluster.kubectl(['delete', 'service', service, '-n', testNamespace, '--ignore-not-found']);
      }
    },
  );
});
