import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run as runCommand, tryRun } from '../command.ts';
import { cluster } from '../cluster.ts';
import { containerdSocket, inNetns, nodes } from '../nodes.ts';
import { endProcess, isRunning, recordedProcesses, startProcess, type ProcessRecord } from '../processes.ts';
import { waitFor } from '../wait.ts';
import type { Run } from './netdebug.ts';
import { testNamespace, type TestPod } from './pods.ts';

/** A trace that runs while something goes wrong. */
export interface FaultyRun {
  readonly run: Run;
  readonly client: TestPod;
  /** What it writes. */
  readonly file: string;
  /** A folder of the test's own. */
  readonly folder: string;
}

/** Something that goes wrong during a capture on the client's node, node1. */
export interface Fault {
  readonly name: string;
  /** As the table of docs/reliability.md has it. */
  readonly title: string;
  /** Takes seconds and disturbs nobody else: CI tries it. */
  readonly isCheap: boolean;
  readonly durationSeconds: number;
  /** Where the capture is written; undefined: in the test's folder. */
  readonly target?: (folder: string) => Promise<string>;
  readonly act: (faulty: FaultyRun) => Promise<void>;
  readonly undo?: (faulty: FaultyRun) => Promise<void>;
  /** What the report (null: none could be printed) or stderr must say. */
  readonly expected: RegExp;
}

const [node] = nodes;
if (node === undefined) throw new Error('the cluster has no nodes');
/** Where the captured pod is. */
const clientNode = node;
const cut = /The connection was cut after \S+Z \(.*\) and taken up again/;

/** Local ports of the run's connections to the API server. */
async function portsOf({ child }: Run): Promise<string[]> {
  const said = await runCommand(['ss', '-tnHp', 'dport', '=', ':6443']);
  const own = said.split('\n').filter((line) => line.includes(`pid=${child.pid},`));
  return own.map((line) => /:(\d+)\s+\S+:6443/.exec(line)?.[1] ?? '').filter((port) => port !== '');
}

const rules: string[][] = [];

/** Drops both ways, or answers what the client sends with a reset, which must find its way back. */
async function blockPorts(run: Run, target: readonly string[]): Promise<void> {
  for (const port of await portsOf(run)) {
    const away = ['OUTPUT', '-p', 'tcp', '--sport', port, '--dport', '6443', '-j', ...target];
    const back = ['OUTPUT', '-p', 'tcp', '--sport', '6443', '--dport', port, '-j', ...target];
    for (const rule of target[0] === 'DROP' ? [away, back] : [away]) {
      await runCommand(['iptables', '-w', '-I', ...rule]);
      rules.push(rule);
    }
  }
}

async function unblockPorts(): Promise<void> {
  for (const rule of rules.splice(0)) await tryRun(['iptables', '-w', '-D', ...rule]);
}

function recorded(name: string): ProcessRecord {
  const record = recordedProcesses().find((one) => one.name === name);
  if (record === undefined || !isRunning(record)) throw new Error(`${name} does not run`);
  return record;
}

/** Ends a process of the cluster by KILL, waits, and starts it again with the same arguments. */
async function restart(name: string, isOnNode: boolean, pauseMs: number): Promise<void> {
  const record = recorded(name);
  const argv = readFileSync(`/proc/${record.pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  await endProcess(record, 'SIGKILL');
  await new Promise((over) => setTimeout(over, pauseMs));
  startProcess(name, isOnNode ? inNetns(clientNode, argv) : argv);
}

/** The processes that make up the client's node: kubelet, containerd and its shims. */
async function nodeProcesses(): Promise<number[]> {
  const agents = ['node1-kubelet', 'node1-containerd'].map((name) => recorded(name).pid);
  const { stdout } = await tryRun([
    'pgrep',
    '-f',
    `containerd-shim.* -address ${containerdSocket(clientNode)}`,
  ]);
  return [...agents, ...stdout.split('\n').filter(Boolean).map(Number)];
}

let frozen: number[] = [];

async function healed(): Promise<void> {
  await waitFor('the API server', async () => (await cluster.kubectl(['get', '--raw', '/readyz'])) === 'ok');
  await cluster.kubectl(['wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s']);
}

/** Everything that a capture in production meets sooner or later. */
export const faults: readonly Fault[] = [
  {
    name: 'reset',
    title: 'connection reset on the way, as by a load balancer',
    isCheap: true,
    durationSeconds: 60,
    act: async ({ run, file }) => {
      await blockPorts(run, ['REJECT', '--reject-with', 'tcp-reset']);
      const { size } = statSync(file);
      await waitFor('more packets', async () => statSync(file).size > size + 10_000);
      run.child.kill('SIGINT');
    },
    undo: unblockPorts,
    expected: cut,
  },
  {
    name: 'pod-deleted',
    title: 'pod deleted during the capture',
    isCheap: true,
    durationSeconds: 60,
    act: async ({ client }) =>
      void (await cluster.kubectl(['delete', 'pod', client.name, '-n', testNamespace, '--wait=false'])),
    expected: /was deleted during the capture/,
  },
  {
    name: 'disk-full',
    title: 'disk full at home',
    isCheap: true,
    durationSeconds: 60,
    target: async (folder) => {
      const disk = join(folder, 'disk');
      mkdirSync(disk, { recursive: true });
      await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', disk]);
      return join(disk, 'capture.pcap');
    },
    act: async ({ folder }) =>
      void (await tryRun(['dd', 'if=/dev/zero', `of=${join(folder, 'disk', 'other')}`, 'bs=4k'])),
    undo: async ({ folder }) => void (await tryRun(['umount', '-l', join(folder, 'disk')])),
    expected: /the disk is full/,
  },
  {
    name: 'stdout-closed',
    title: 'reader of stdout gone',
    isCheap: false,
    durationSeconds: 60,
    act: async ({ run }) => void run.child.stdout?.destroy(),
    expected: /./,
  },
  {
    name: 'client-killed',
    title: 'client ended by `kill -9`',
    isCheap: false,
    durationSeconds: 60,
    act: async ({ run }) => void run.child.kill('SIGKILL'),
    expected: /Capturing on/,
  },
  {
    name: 'network-cut',
    title: 'network cut: all packets of the connection dropped',
    isCheap: false,
    durationSeconds: 40,
    act: ({ run }) => blockPorts(run, ['DROP']),
    undo: unblockPorts,
    expected: cut,
  },
  {
    name: 'api-server',
    title: 'API server killed, started again after 5 s',
    isCheap: false,
    durationSeconds: 40,
    act: () => restart('kube-apiserver', false, 5000),
    undo: healed,
    expected: cut,
  },
  {
    name: 'kubelet',
    title: 'kubelet killed, started again after 3 s',
    isCheap: false,
    durationSeconds: 20,
    act: () => restart('node1-kubelet', true, 3000),
    undo: healed,
    expected: cut,
  },
  {
    name: 'containerd',
    title: 'containerd killed, started again after 3 s',
    isCheap: false,
    durationSeconds: 15,
    act: () => restart('node1-containerd', true, 3000),
    undo: healed,
    expected: cut,
  },
  {
    name: 'node-frozen',
    title: 'node frozen: kubelet, containerd and its shims stopped until after the end',
    isCheap: false,
    durationSeconds: 15,
    act: async () => {
      frozen = await nodeProcesses();
      for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    },
    undo: async () => {
      for (const pid of frozen.splice(0)) process.kill(pid, 'SIGCONT');
      await healed();
    },
    expected: /what came after \S+Z is missing/,
  },
];
