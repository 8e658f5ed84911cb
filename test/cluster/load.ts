import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cluster } from './cluster.ts';
import { run } from './command.ts';
import { appImage } from './images.ts';
import { adminKubeconfig, kubectlPath } from './paths.ts';
import { type Row, writeMeasured } from './measured-page.ts';
import { waitFor } from './wait.ts';

/*
 * `npm run load`: what a capture costs the node, the API server and the line, into the table of docs/load.md. Needs the
 * test cluster, root and a machine that does nothing else.
 */

const namespace = 'load';
const binFolder = resolve(import.meta.dirname, '../../bin');
/** Clock ticks of /proc/PID/stat in a second (sysconf(_SC_CLK_TCK) on Linux). */
const ticksPerSecond = 100;
const floodMs = 8000;

const scripts = {
  server:
    'mkdir /tmp/www; truncate -s 200000000 /tmp/www/big; echo hi > /tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www',
  client: 'trap "exit 0" TERM; sleep 1000000 & wait',
} as const;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'netdebug-load-'));
  try {
    await cluster.apply(
      JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }),
    );
    for (const name of ['server', 'client'] as const) await startPod(name, scripts[name]);
    const server = await addressOf('server');
    const rows = [
      ...(await readyRows()),
      ...(await lineRows(folder, server)),
      ...(await floodRows(folder, server, '2048')),
      ...(await floodRows(folder, server, '96')),
    ];
    writeMeasured('load', rows);
    for (const row of rows) console.log(row.join(': '));
  } finally {
    await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false', '--ignore-not-found']);
    rmSync(folder, { recursive: true });
  }
}

async function startPod(name: string, script: string): Promise<void> {
  const containers = [{ name: 'app', image: appImage, command: ['sh', '-c', script] }];
  const spec = { nodeName: 'node1', terminationGracePeriodSeconds: 1, containers };
  await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec }));
  await cluster.waitReady(namespace, `pod/${name}`);
}

async function addressOf(name: string): Promise<string> {
  return await cluster.kubectl(['get', 'pod', name, '-n', namespace, '-o', 'jsonpath={.status.podIP}']);
}

/** A trace of the client, and when it said that it captures. */
async function trace(
  file: string,
  seconds: number,
): Promise<{ child: ChildProcess; readyMs: number; end: Promise<void> }> {
  const startMs = performance.now();
  const path = `${binFolder}:${dirname(kubectlPath)}:${process.env['PATH'] ?? ''}`;
  const child = spawn(
    join(binFolder, 'kubectl-netdebug'),
    ['trace', 'pod/client', '-n', namespace, '--duration', `${seconds}s`, '-w', file, '-o', 'json'],
    { env: { ...process.env, KUBECONFIG: adminKubeconfig, PATH: path }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const end = new Promise<void>((done) => child.on('close', () => done()));
  await waitFor('the capture', async () => said.includes('Capturing on'), 60_000, 5);
  return { child, readyMs: performance.now() - startMs, end };
}

async function readyRows(): Promise<Row[]> {
  const times: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const { readyMs, end } = await trace('/dev/null', 1);
    times.push(readyMs);
    await end;
  }
  const [first = 0, ...others] = times;
  return [
    [
      'from the command to the first packet that can be captured, new container',
      `${(first / 1000).toFixed(1)} s`,
    ],
    ['the same, container already there', `${(Math.min(...others) / 1000).toFixed(1)} s`],
  ];
}

/** Many small requests, and what they are on the line of whoever captures. */
async function lineRows(folder: string, server: string): Promise<Row[]> {
  const file = join(folder, 'requests.pcap');
  const { child, end } = await trace(file, 120);
  const before = await receivedBytes(child);
  const ask = `i=0; while [ $i -lt 300 ]; do curl -s -o /dev/null http://${server}:8080/; i=$((i+1)); done`;
  await cluster.inPod(namespace, 'client', ask);
  await sleep(1500);
  const lineBytes = (await receivedBytes(child)) - before;
  const captured = statSync(file).size;
  child.kill('SIGINT');
  await end;
  const packets = await packetsIn(file);
  return [
    ['small HTTP requests: bytes of capture for each packet', `${Math.round(captured / packets)} B`],
    [
      'the same on the line: bytes from the API server for each packet, TLS and WebSocket included',
      `${Math.round(lineBytes / packets)} B, ${(lineBytes / captured).toFixed(2)} times the capture`,
    ],
  ];
}

/** TCP payload that the program has received from the API server. */
async function receivedBytes({ pid }: ChildProcess): Promise<number> {
  const said = await run(['ss', '-tinHp', 'dport', '=', ':6443']);
  const blocks = said.split(/\n(?=\S)/).filter((block) => block.includes(`pid=${pid},`));
  return blocks.reduce((sum, block) => sum + Number(/bytes_received:(\d+)/.exec(block)?.[1] ?? 0), 0);
}

/** Small datagrams as fast as one sender can: the cost of tcpdump itself, as the recorder runs it. */
async function floodRows(folder: string, server: string, snapLength: string): Promise<Row[]> {
  const enter = ['nsenter', `--net=/proc/${await processOf('client')}/ns/net`, '--'];
  const file = join(folder, 'flood.pcap');
  const options = ['-i', 'eth0', '-n', '-U', '-B', '16384', '-s', snapLength, '-w', file, 'udp'];
  const tcpdump = start([...enter, 'tcpdump', ...options]);
  let said = '';
  tcpdump.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await waitFor('tcpdump', async () => said.includes('listening on'), 10_000, 20);
  const startMs = performance.now();
  const sending = start([...enter, 'socat', '-u', '-b', '200', '/dev/zero', `UDP-SENDTO:${server}:9`]);
  await sleep(floodMs);
  sending.kill('SIGKILL');
  const seconds = (performance.now() - startMs) / 1000;
  await sleep(500);
  const cpuSeconds = cpuTicks(tcpdump.pid ?? 0) / ticksPerSecond;
  tcpdump.kill('SIGTERM');
  await new Promise((done) => tcpdump.on('close', done));
  const count = (words: RegExp): number => Number(words.exec(said)?.[1] ?? 0);
  const [packets, dropped] = [count(/(\d+) packets? captured/), count(/(\d+) packets? dropped by kernel/)];
  const micros = (cpuSeconds / packets) * 1e6;
  const offered = Math.round((packets + dropped) / seconds);
  return [
    [
      `tcpdump, snap length ${snapLength}, at ${offered.toLocaleString('en')} packets/s`,
      `${micros.toFixed(1)} µs of CPU for each packet, so 100,000 packets/s take ${Math.round(micros * 10)} % of one CPU; the kernel dropped ${((dropped / (packets + dropped)) * 100).toFixed(1)} %`,
    ],
  ];
}

function start([program = '', ...args]: readonly string[]): ChildProcess {
  return spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** User and system time of a process in clock ticks (proc(5), fields 14 and 15). */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** A process of a pod, by its id in the cgroup: the nodes' processes are processes of this machine. */
async function processOf(pod: string): Promise<string> {
  const uid = await cluster.kubectl(['get', 'pod', pod, '-n', namespace, '-o', 'jsonpath={.metadata.uid}']);
  const found = readdirSync('/proc').find((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(uid);
    } catch {
      return false; // it ended in between
    }
  });
  if (found === undefined) throw new Error(`no process of pod ${pod}`);
  return found;
}

/** As capinfos counts them. */
async function packetsIn(file: string): Promise<number> {
  return Number(/(\d+)\s*$/.exec(await run(['capinfos', '-c', '-M', file]))?.[1] ?? 0);
}

await main();
