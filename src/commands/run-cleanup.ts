import { asDebugContainer, findOurs } from '../capture/debug-container.ts';
import { runCommand } from '../capture/run-command.ts';
import type { Io } from '../io.ts';
import { connect } from '../kube/connect.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { amount } from '../report/amounts.ts';
import { tableLines } from '../report/columns.ts';
import type { PodObject } from '../target/pod-object.ts';
import { type Given, isGiven } from './command.ts';
import { connectionValues } from './connection-values.ts';
import { plainText } from '../report/plain-text.ts';

/** A container of ours that is listed in a pod. */
interface Leftover {
  readonly pod: PodObject;
  readonly name: string;
  readonly image: string;
  /** "runs until 10:34", "ended", or what became of it. */
  readonly state: string;
  readonly isRunning: boolean;
}

/** Lists our debug containers, and ends those that run. The entries themselves cannot be taken out of a pod. */
export async function runCleanup(given: Given, io: Io): Promise<number> {
  const api = connect(connectionValues(given.values), io.env);
  try {
    return await cleanup(api, { isEverywhere: isGiven(given, 'all-namespaces'), isDryRun: isGiven(given, 'dry-run') }, io);
  } finally {
    api.close();
  }
}

interface CleanupOptions {
  readonly isEverywhere: boolean;
  readonly isDryRun: boolean;
}

/** The command on a given connection. */
export async function cleanup(api: KubeConnection, { isEverywhere, isDryRun }: CleanupOptions, io: Io): Promise<number> {
  const pods = await api.list<PodObject>(isEverywhere ? '/api/v1/pods' : `/api/v1/namespaces/${encodeURIComponent(api.namespace)}/pods`);
  const leftovers = pods.flatMap(leftoversOf);
  if (leftovers.length === 0) {
    await io.stderr.write(`Nothing of this program is in ${isEverywhere ? 'any pod of the cluster' : `the pods of namespace ${plainText(api.namespace)}`}.\n`);
    return 0;
  }
  const after = isDryRun ? leftovers : await Promise.all(leftovers.map((leftover) => (leftover.isRunning ? end(api, leftover) : leftover)));
  await io.stdout.write(`${table(after).join('\n')}\n`);
  await io.stderr.write(`${closing(after, isDryRun)}\n`);
  return after.some((leftover) => leftover.isRunning) && !isDryRun ? 2 : 0;
}

function leftoversOf(pod: PodObject): Leftover[] {
  const { running, inert } = findOurs(pod);
  return [
    ...running.map(({ name, image, endsAt }) => ({ pod, name, image, state: endsAt === '' ? 'runs' : `runs until ${endsAt.slice(0, 16).replace('T', ' ')} UTC`, isRunning: true })),
    ...inert.map((name) => ({ pod, name, image: '', state: 'ended', isRunning: false })),
  ];
}

/** TERM to its main process, which waits for nothing else. */
async function end(api: KubeConnection, leftover: Leftover): Promise<Leftover> {
  const container = asDebugContainer(leftover.pod, leftover.name, leftover.image);
  try {
    const { exitCode, stderr } = await runCommand(api, container, ['kill', '-TERM', '1']);
    return exitCode === 0 ? { ...leftover, state: 'ended now', isRunning: false } : { ...leftover, state: `still runs: ${stderr.trim()}` };
  } catch (error) {
    // The container may be gone before its command could say how it ended: look again.
    const pod = await api.get<PodObject>(`/api/v1/namespaces/${leftover.pod.metadata.namespace}/pods/${leftover.pod.metadata.name}`).catch(() => undefined);
    const runs = pod === undefined || findOurs(pod).running.some(({ name }) => name === leftover.name);
    return runs ? { ...leftover, state: `still runs: ${error instanceof Error ? error.message : String(error)}` } : { ...leftover, state: 'ended now', isRunning: false };
  }
}

function table(leftovers: readonly Leftover[]): string[] {
  return tableLines(leftovers, [
    { title: 'NAMESPACE', text: ({ pod }) => pod.metadata.namespace },
    { title: 'POD', text: ({ pod }) => pod.metadata.name },
    { title: 'CONTAINER', text: ({ name }) => name },
    { title: 'STATE', text: ({ state }) => state },
  ]);
}

function closing(leftovers: readonly Leftover[], isDryRun: boolean): string {
  const running = leftovers.filter((leftover) => leftover.isRunning).length;
  const stays = 'An ended debug container uses nothing; Kubernetes lists it until its pod is replaced.';
  if (running === 0) return stays;
  return isDryRun ? `${amount(running, 'debug container')} would be ended. ${stays}` : `${amount(running, 'debug container')} could not be ended; each ends by itself at the time shown, or with its pod.`;
}
