import { endCommand, listLeftovers, type Leftover } from '../capture/leftovers.ts';
import { runCommand } from '../capture/run-command.ts';
import type { Io } from '../io.ts';
import { connect } from '../kube/connect.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { amount } from '../report/amounts.ts';
import { tableLines } from '../report/columns.ts';
import { plainText } from '../report/plain-text.ts';
import { type Given, isGiven } from './command.ts';
import { connectionValues } from './connection-values.ts';

/** One debug container of ours that is listed in a pod. */
interface Row {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly image: string;
  /** "runs until …", "ended", or what became of it. */
  readonly state: string;
  readonly isRunning: boolean;
}

/** Lists our debug containers, and ends those that run. The entries themselves cannot be taken out of a pod. */
export async function runCleanup(given: Given, io: Io): Promise<number> {
  const api = connect(connectionValues(given.values), io.env);
  const namespace = isGiven(given, 'all-namespaces') ? '' : api.namespace;
  try {
    return await cleanup(api, namespace, isGiven(given, 'dry-run'), io);
  } finally {
    api.close();
  }
}

async function cleanup(api: KubeConnection, namespace: string, isDryRun: boolean, io: Io): Promise<number> {
  const rows = (await listLeftovers(api, namespace)).flatMap(rowsOf);
  if (rows.length === 0) {
    const where =
      namespace === '' ? 'any pod of the cluster' : `the pods of namespace ${plainText(namespace)}`;
    await io.stderr.write(`Nothing of this program is in ${where}.\n`);
    return 0;
  }
  const after = isDryRun ? rows : await Promise.all(rows.map((row) => end(api, namespace, row)));
  await io.stdout.write(`${table(after).join('\n')}\n`);
  const running = after.filter((row) => row.isRunning).length;
  await io.stderr.write(`${closing(running, isDryRun)}\n`);
  return running > 0 && !isDryRun ? 2 : 0;
}

function rowsOf({ namespace, pod, running, inert }: Leftover): Row[] {
  return [
    ...running.map(({ name, image, endsAt }) => {
      const state = endsAt === '' ? 'runs' : `runs until ${endsAt.slice(0, 16).replace('T', ' ')} UTC`;
      return { namespace, pod, container: name, image, state, isRunning: true };
    }),
    ...inert.map((container) => ({ namespace, pod, container, image: '', state: 'ended', isRunning: false })),
  ];
}

async function end(api: KubeConnection, namespace: string, row: Row): Promise<Row> {
  if (!row.isRunning) return row;
  const failure = await sendEnd(api, row);
  // The container may be gone before its command could say how it ended: the pod tells.
  const left = await listLeftovers(api, namespace === '' ? row.namespace : namespace);
  const runs = left.some(
    ({ pod, running }) => pod === row.pod && running.some(({ name }) => name === row.container),
  );
  if (!runs) return { ...row, state: 'ended now', isRunning: false };
  // Without an error the kubelet has just not reported it yet.
  return failure === ''
    ? { ...row, state: 'told to end', isRunning: false }
    : { ...row, state: `still runs: ${failure}` };
}

/** Empty: the command was taken. */
async function sendEnd(api: KubeConnection, { namespace, pod, container, image }: Row): Promise<string> {
  const target = {
    namespace,
    pod,
    container,
    image,
    hostNetwork: false,
    node: '',
    addresses: [],
    enter: [],
    root: '',
  };
  try {
    const { exitCode, stderr } = await runCommand(api, target, endCommand());
    return exitCode === 0 ? '' : stderr.trim() || `exit code ${exitCode}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function table(rows: readonly Row[]): string[] {
  return tableLines(rows, [
    { title: 'NAMESPACE', text: (row) => row.namespace },
    { title: 'POD', text: (row) => row.pod },
    { title: 'CONTAINER', text: (row) => row.container },
    { title: 'STATE', text: (row) => row.state },
  ]);
}

function closing(running: number, isDryRun: boolean): string {
  const stays = 'An ended debug container uses nothing; Kubernetes lists it until its pod is replaced.';
  if (running === 0) return stays;
  const what = amount(running, 'debug container');
  return isDryRun
    ? `${what} would be ended. ${stays}`
    : `${what} could not be ended; each ends by itself at the time shown, or with its pod.`;
}
