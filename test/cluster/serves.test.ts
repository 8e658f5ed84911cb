import { describe, expect, test } from 'vitest';
import { cluster } from './cluster.ts';
import { debugImage } from './images.ts';
import { withScenario } from './run-scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { countReadyNodes } from './status.ts';
import { waitFor } from './wait.ts';

const curl = (url: string): string => `curl -s -m 2 -o /dev/null ${url}`;

describe('the test cluster serves', () => {
  test('both nodes are Ready and say the version that was built', async () => {
    expect(await countReadyNodes()).toBe(2);
    const versions = await cluster.kubectl([
      'get',
      'nodes',
      '-o',
      'jsonpath={.items[*].status.nodeInfo.kubeletVersion}',
    ]);
    expect(versions).toBe('v1.34.4 v1.34.4');
  });

  test('a Service answers from pods on both nodes, by address and by name', async () => {
    const command =
      'for i in 1 2 3 4 5 6 7 8 9 10; do curl -s -m 2 http://10.96.77.10/; curl -s -m 2 http://payments/; done';
    const answers = (await cluster.inPod('shop', 'client', command)).stdout.trim().split('\n');
    expect(answers).toHaveLength(20);
    expect([...new Set(answers)].toSorted()).toEqual(['payments-1', 'payments-2']);
  });

  test('DNS knows a Service and says NXDOMAIN for what is not there', async () => {
    const known = await cluster.inPod('shop', 'client', 'dig +short payments.shop.svc.cluster.local');
    expect(known.stdout.trim()).toBe('10.96.77.10');
    const unknown = await cluster.inPod(
      'shop',
      'client',
      'dig paymnts.shop.svc.cluster.local; dig outside.example',
    );
    expect(unknown.stdout.match(/status: NXDOMAIN/g)).toHaveLength(2);
  });

  test('tcpdump captures in an ephemeral container with NET_RAW', async () => {
    const name = await addDebugContainer();
    await withScenario('healthy', async () => {
      const exec = ['exec', '-n', 'shop', 'client', '-c', name, '--'];
      const captured = await cluster.tryKubectl([
        ...exec,
        'timeout',
        '10',
        'tcpdump',
        '-nn',
        '-i',
        'eth0',
        '-c',
        '5',
        'tcp',
      ]);
      expect(captured.stderr).toContain('5 packets captured');
      expect(captured.stdout).toContain('10.96.77.');
    });
  });

  test('Pod Security baseline forbids adding NET_RAW, restricted forbids root', async () => {
    const asRoot = { runAsUser: 0 };
    const withNetRaw = { ...asRoot, capabilities: { add: ['NET_RAW'] } };
    expect(await addContainer('shop-baseline', withNetRaw)).toContain(
      'violates PodSecurity "baseline:latest"',
    );
    expect(await addContainer('shop-baseline', asRoot)).toContain('client patched');
    expect(await addContainer('shop-restricted', asRoot)).toContain(
      'violates PodSecurity "restricted:latest"',
    );
  });

  test('each user lacks the right that its name says, and no other', async () => {
    const patch = ['patch', 'pods', '--subresource=ephemeralcontainers'];
    const exec = ['create', 'pods', '--subresource=exec'];
    expect(await rights('tracer', patch, exec)).toEqual(['yes', 'yes']);
    expect(await rights('tracer-without-ephemeral', patch, exec)).toEqual(['no', 'yes']);
    expect(await rights('tracer-without-exec', patch, exec)).toEqual(['yes', 'no']);
  });
});

describe('faults', () => {
  test('ip_forward=0 on the client’s node is silence to the other node, and is undone', async () => {
    await withScenario('node-ip-forward-off', async () => {
      expect((await cluster.inPod('shop', 'client', curl('http://10.96.77.20/'))).exitStatus).toBe(28);
      expect((await cluster.inPod('shop', 'client', curl('http://$(hostname -i):1/'))).exitStatus).toBe(7);
      const local = await cluster.kubectl([
        'get',
        'pod',
        '-n',
        'shop',
        'payments-1',
        '-o',
        'jsonpath={.status.podIP}',
      ]);
      expect((await cluster.inPod('shop', 'client', curl(`http://${local}:8080/`))).exitStatus).toBe(0);
    });
    expect((await cluster.inPod('shop', 'client', curl('http://orders/'))).exitStatus).toBe(0);
  });

  test('a fault is undone when the task fails', async () => {
    const failing = withScenario('node-bridge-nf-off', async () => {
      throw new Error('planned');
    });
    await expect(failing).rejects.toThrow('planned');
    expect(
      (await cluster.inNode('node1', ['sysctl', '-n', 'net.bridge.bridge-nf-call-iptables'])).trim(),
    ).toBe('1');
    expect((await cluster.inPod('shop', 'client', curl('http://10.96.77.10/'))).exitStatus).toBe(0);
  });

  test('scenarios are sorted, named once, and have a namespace, a title and something to expect', () => {
    const names = scenarios.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].toSorted());
    for (const { title, namespace, expect: wanted } of scenarios) {
      expect(title).not.toBe('');
      expect(namespace).toBe('shop');
      expect(wanted.findings.filter((id) => wanted.notFindings.includes(id))).toEqual([]);
      expect(wanted.causes.filter((id) => wanted.notCauses.includes(id))).toEqual([]);
    }
  });
});

/** Adds a debug container with NET_RAW to the client and waits until it runs; returns its name. */
async function addDebugContainer(): Promise<string> {
  const name = `test-${Date.now().toString(36)}`;
  const said = await addContainer('shop', { runAsUser: 0, capabilities: { add: ['NET_RAW'] } }, name, []);
  expect(said).toContain('client patched');
  const path = `jsonpath={.status.ephemeralContainerStatuses[?(@.name=="${name}")].state.running.startedAt}`;
  await waitFor(`container ${name}`, async () => {
    return (await cluster.kubectl(['get', 'pod', '-n', 'shop', 'client', '-o', path])) !== '';
  });
  return name;
}

/** What kubectl says to a patch that adds an ephemeral container; dry run unless told otherwise. */
async function addContainer(
  namespace: string,
  securityContext: Readonly<Record<string, unknown>>,
  name = 'dry',
  flags: readonly string[] = ['--dry-run=server'],
): Promise<string> {
  const command = ['sh', '-c', 'trap "exit 0" TERM; sleep 600 & wait'];
  const container = { name, image: debugImage, command, securityContext };
  const patch = JSON.stringify({ spec: { ephemeralContainers: [container] } });
  const args = [
    'patch',
    'pod',
    'client',
    '-n',
    namespace,
    '--subresource=ephemeralcontainers',
    '--type=strategic',
  ];
  const { stdout, stderr } = await cluster.tryKubectl([...args, ...flags, '-p', patch]);
  return stdout + stderr;
}

/** Whether a ServiceAccount may do each of these things in namespace shop: "yes" or "no". */
async function rights(serviceAccount: string, ...asked: readonly (readonly string[])[]): Promise<string[]> {
  const kubeconfig = await cluster.kubeconfigFor(serviceAccount);
  const answers = asked.map(
    async (question) =>
      await cluster.tryKubectl([`--kubeconfig=${kubeconfig}`, 'auth', 'can-i', ...question, '-n', 'shop']),
  );
  return (await Promise.all(answers)).map(({ stdout }) => stdout.trim());
}
