import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  asDebugContainer,
  newContainer,
  securityContext,
  type DebugContainer,
} from '../../src/capture/debug-container.ts';
import { tcpdumpCommand } from '../../src/capture/tcpdump-command.ts';
import { wrapped } from '../../src/capture/wrapper.ts';
import { loadRecording, type Scenario as RecordedScenario } from '../../src/demo/recording.ts';
import { connect } from '../../src/kube/connect.ts';
import type { KubeConnection } from '../../src/kube/exec-api.ts';
import type { PodObject } from '../../src/target/pod-object.ts';
import { cluster } from './cluster.ts';
import { debugImage } from './images.ts';
import { readAnswers } from './record-answers.ts';
import { withScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';

/*
 * Makes the folders of recordings/ from the scenarios of the running cluster:
 *   node test/cluster/record.ts [SCENARIO...]
 */

const RECORDINGS: readonly string[] = [
  'coredns-down',
  'dns-name-misspelt',
  'endpoints-not-ready',
  'healthy',
  'node-bridge-nf-off',
  'node-ip-forward-off',
  'service-selector-mismatch',
  'service-without-endpoints',
  'silent-pod',
  'target-port-mismatch',
];

const CAPTURE_MS = 9000;
/** Ends the capture of a busy client early. */
const MAX_PACKETS = 300;
const MAX_FOLDER_BYTES = 100_000;
const folder = join(import.meta.dirname, '../../recordings');

async function main(names: readonly string[]): Promise<void> {
  const api = connect({ kubeconfig: cluster.kubeconfig }, {});
  try {
    for (const name of names) await withScenario(name, async (_, scenario) => await record(api, scenario));
  } finally {
    api.close();
  }
}

async function record(api: KubeConnection, scenario: Scenario): Promise<void> {
  const pod = await api.get<PodObject>(`/api/v1/namespaces/${scenario.namespace}/pods/client`);
  const container = await debugContainer(api, pod);
  const { capture, stderr } = await capturePackets(api, container);
  const resolvConf = (await cluster.inPod(scenario.namespace, 'client', 'cat /etc/resolv.conf')).stdout;
  const target = join(folder, scenario.name);
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const write = async (name: string, content: string | Buffer): Promise<void> =>
    await writeFile(join(target, name), content);
  await write('scenario.json', `${JSON.stringify(describe(scenario), null, 2)}\n`);
  await write('api.json', await readAnswers(api, scenario.namespace));
  await write('capture.pcap', capture);
  await write('resolv.conf', resolvConf);
  await write('stderr.txt', stderr);
  await check(scenario.name, target);
}

function describe(scenario: Scenario): RecordedScenario {
  const { findings, causes, outcome } = scenario.expect;
  const see =
    findings.length === 0
      ? `the verdict "${outcome}"`
      : `the finding ${findings.join(', ')}${causes.length === 0 ? '' : `, and as its cause ${causes.join(', ')}`}`;
  return { title: scenario.title, namespace: scenario.namespace, pod: 'client', see };
}

/** Adds a container of its own kind and waits for it; recorded pods are stripped of it. */
async function debugContainer(api: KubeConnection, pod: PodObject): Promise<DebugContainer> {
  const container = { ...newContainer(debugImage, CAPTURE_MS), securityContext: securityContext('net-raw') };
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
  await api.patch(`${path}/ephemeralcontainers`, { spec: { ephemeralContainers: [container] } });
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { status } = await api.get<PodObject>(path);
    const state = status?.ephemeralContainerStatuses?.find((one) => one.name === container.name)?.state;
    if (state?.running !== undefined) return asDebugContainer(pod, container.name, debugImage);
    await sleep(200);
  }
  throw new Error(`${container.name} did not start`);
}

async function capturePackets(
  api: KubeConnection,
  container: DebugContainer,
): Promise<{ capture: Buffer; stderr: string }> {
  const stdout: Buffer[] = [];
  let stderr = '';
  const tcpdump = tcpdumpCommand({
    interfaceName: 'eth0',
    snapLengthBytes: 2048,
    count: MAX_PACKETS,
    filter: [],
    kernelBufferKib: 4096,
  });
  const session = await api.exec(
    {
      namespace: container.namespace,
      pod: container.pod,
      container: container.container,
      command: wrapped(60, tcpdump),
      stdin: true,
    },
    { stdout: (chunk) => void stdout.push(chunk), stderr: (chunk) => void (stderr += chunk.toString()) },
  );
  await sleep(CAPTURE_MS);
  session.send('\n');
  while (!stderr.includes('netdebug-exit')) await sleep(20);
  session.closeStdin();
  const end = await session.done;
  if (end.kind !== 'exited' || end.exitCode !== 0)
    throw new Error(`the capture ended as ${JSON.stringify(end)}: ${stderr}`);
  return { capture: Buffer.concat(stdout), stderr };
}

/** What was written can be loaded, is small, and names nothing of this machine. */
async function check(name: string, target: string): Promise<void> {
  const recording = await loadRecording(folder, name);
  const api = await readFile(join(target, 'api.json'), 'utf8');
  const sizeBytes = api.length + recording.capture.length;
  if (sizeBytes > MAX_FOLDER_BYTES)
    throw new Error(`${name} has ${sizeBytes} bytes, ${MAX_FOLDER_BYTES} are the most`);
  const path = /\/(?:work|tmp|root|home|run\/netdebug)\/[^"\s]*/.exec(api)?.[0];
  if (path !== undefined) throw new Error(`${name} names ${path}`);
  process.stdout.write(
    `${name}: ${api.length} bytes of answers, ${recording.capture.length} bytes of packets\n`,
  );
}

await main(process.argv.length > 2 ? process.argv.slice(2) : RECORDINGS);
