import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../command.ts';
import { type ClusterNode, netnsPath, nodes } from '../nodes.ts';
import { waitFor } from '../wait.ts';
import { podNamespace } from './far-side.ts';
import type { TestPod } from './pods.ts';

/** A place where packets are taken: a file that holds its network namespace, and the interface there. */
export interface Tap {
  readonly name: string;
  readonly namespace: string;
  readonly interfaceName: string;
}

/** A pod's interface. */
export function podTap(name: string, pod: TestPod): Tap {
  return { name, namespace: podNamespace(pod), interfaceName: 'eth0' };
}

/** A node's interfaces, all of them: packets are seen there before and after they are routed. */
export function nodeTap(name: ClusterNode['name']): Tap {
  const node = nodes.find((row) => row.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return { name, namespace: netnsPath(node), interfaceName: 'any' };
}

/** Captures at all places while a task runs; the result is the file of each place. */
export async function tapped<K extends string>(
  taps: Readonly<Record<K, Tap>>,
  { folder, name, filter }: { readonly folder: string; readonly name: string; readonly filter: string },
  task: () => Promise<void>,
): Promise<Readonly<Record<K, string>>> {
  const running: ChildProcess[] = [];
  const files = Object.entries<Tap>(taps).map(([key, tap]) => [
    key,
    join(folder, `${name}-${tap.name}.pcap`),
  ]);
  try {
    for (const [at, tap] of Object.values<Tap>(taps).entries())
      running.push(await startTap(tap, files[at]?.[1] ?? '', filter));
    await task();
    await settled(Object.values(Object.fromEntries(files)));
  } finally {
    await Promise.all(running.map(stop));
  }
  return Object.fromEntries(files) as Record<K, string>;
}

/** Waits until nothing is written any more: what tcpdump has not yet got from the kernel when it ends is lost. */
async function settled(files: readonly string[]): Promise<void> {
  let before = '';
  await waitFor('the captures to be written', async () => {
    await sleep(700);
    const sizes = files.map((file) => statSync(file).size).join();
    const isSame = sizes === before;
    before = sizes;
    return isSame;
  });
}

async function startTap(
  { namespace, interfaceName }: Tap,
  file: string,
  filter: string,
): Promise<ChildProcess> {
  const argv = [
    '-U',
    '-B',
    '4096',
    '-n',
    '-i',
    interfaceName,
    '-s',
    '2048',
    '-Z',
    'root',
    '-w',
    file,
    filter,
  ];
  const child = spawn('nsenter', [`--net=${namespace}`, '--', 'tcpdump', ...argv], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await waitFor(`tcpdump on ${interfaceName}: ${said}`, async () => said.includes('listening on'), 10_000);
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve));
  if (!child.kill('SIGTERM')) return;
  await ended;
}

/** The TCP segments of a capture as tcpdump writes them, without what is rewritten on the way: an independent reader. */
export async function segmentsOf(file: string): Promise<string[]> {
  const text = await run(['tcpdump', '-nn', '-t', '-S', '-r', file, 'tcp']);
  return text.split('\n').flatMap((line) => {
    const told = /Flags \[[^\]]*\], (?:seq \d+(?::\d+)?)?(?:, )?(?:ack \d+)?|TS val \d+ ecr \d+|length \d+/g;
    const parts = line.match(told);
    return parts === null ? [] : [parts.join(' ')];
  });
}
