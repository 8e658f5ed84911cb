import type { DebugContainer } from '../capture/debug-container.ts';
import { deleteDebugPod, endCommand, type Leftover, listLeftovers } from '../capture/leftovers.ts';
import { runCommand } from '../capture/run-command.ts';
import type { Io } from '../io.ts';
import { connect } from '../kube/connect.ts';
import { lookInto } from '../recorder/look.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { amount, enumeration } from '../report/amounts.ts';
import { tableLines } from '../report/columns.ts';
import { plainText } from '../report/plain-text.ts';
import { type Given, isGiven } from './command.ts';
import { connectionValues } from './connection-values.ts';

/** One leftover and what became of it. */
interface Row extends Leftover {
  /** "runs until …", "ended", "deleted now". */
  readonly state: string;
  /** True: it should have gone and has not. */
  readonly isLeft: boolean;
}

/**
 * Lists what is ours; ends debug containers that run, unless somebody's recorder keeps packets in them; deletes debug pods. Entries
 * cannot be taken out of a pod.
 */
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
  const rows = (await listLeftovers(api, namespace)).map(asFound);
  if (rows.length === 0) {
    const where =
      namespace === '' ? 'any pod of the cluster' : `the pods of namespace ${plainText(namespace)}`;
    await io.stderr.write(`Nothing of this program is in ${where}.\n`);
    return 0;
  }
  const after = isDryRun ? rows : await Promise.all(rows.map((row) => remove(api, row)));
  await io.stdout.write(`${table(after).join('\n')}\n`);
  const left = after.filter((row) => row.isLeft).length;
  await io.stderr.write(`${(isDryRun ? wouldBe(rows) : closing(after, left)).join('\n')}\n`);
  return left > 0 ? 2 : 0;
}

function asFound(leftover: Leftover): Row {
  const { isRunning, endsAt } = leftover;
  const until = endsAt === '' ? 'runs' : `runs until ${endsAt.slice(0, 16).replace('T', ' ')} UTC`;
  return { ...leftover, state: isRunning ? until : 'ended', isLeft: false };
}

async function remove(api: KubeConnection, row: Row): Promise<Row> {
  if (row.kind === 'pod') return await removePod(api, row);
  return row.isRunning ? await endContainer(api, row) : row;
}

async function removePod(api: KubeConnection, row: Row): Promise<Row> {
  try {
    await deleteDebugPod(api, row.namespace, row.pod);
    return { ...row, state: 'deleted now' };
  } catch (error) {
    return { ...row, state: `not deleted: ${wordsOf(error)}`, isLeft: true };
  }
}

async function endContainer(api: KubeConnection, row: Row): Promise<Row> {
  const { recorders } = await lookInto(api, containerOf(row), row.endsAt);
  if (recorders.length > 0)
    return {
      ...row,
      state: `kept: a recorder is in it (kubectl netdebug capture stop pod/${row.pod} -n ${row.namespace} --discard)`,
    };
  const failure = await sendEnd(api, row);
  // The container may be gone before its command could say how it ended: the pod tells.
  const left = await listLeftovers(api, row.namespace);
  const runs = left.some(
    ({ pod, container, isRunning }) => isRunning && pod === row.pod && container === row.container,
  );
  if (!runs) return { ...row, state: 'ended now' };
  // Without an error the kubelet has just not reported it yet.
  return failure === ''
    ? { ...row, state: 'told to end' }
    : { ...row, state: `still runs: ${failure}`, isLeft: true };
}

/** Empty: the command was taken. */
async function sendEnd(api: KubeConnection, row: Row): Promise<string> {
  try {
    const { exitCode, stderr } = await runCommand(api, containerOf(row), endCommand());
    return exitCode === 0 ? '' : stderr.trim() || `exit code ${exitCode}`;
  } catch (error) {
    return wordsOf(error);
  }
}

function containerOf({ namespace, pod, container, image }: Row): DebugContainer {
  const place = { hostNetwork: false, node: '', addresses: [], enter: [], root: '' };
  return { namespace, pod, container, image, ...place };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function table(rows: readonly Row[]): string[] {
  return tableLines(rows, [
    { title: 'NAMESPACE', text: (row) => row.namespace },
    { title: 'POD', text: (row) => row.pod },
    { title: 'CONTAINER', text: (row) => row.container },
    { title: 'STATE', text: (row) => row.state },
    { title: 'CAPTURES', text: (row) => row.target, optional: true },
    { title: 'STARTED BY', text: (row) => row.owner, optional: true },
  ]);
}

function wouldBe(rows: readonly Row[]): string[] {
  const pods = rows.filter((row) => row.kind === 'pod').length;
  const running = rows.filter((row) => row.kind === 'container' && row.isRunning).length;
  const parts = [
    ...(running > 0 ? [`${amount(running, 'debug container')} would be ended`] : []),
    ...(pods > 0 ? [`${amount(pods, 'debug pod')} would be deleted`] : []),
  ];
  return [...(parts.length > 0 ? [`${parts.join(', ')}.`] : []), ...inertLine(rows)];
}

function closing(rows: readonly Row[], left: number): string[] {
  return left === 0
    ? inertLine(rows)
    : [
        `${amount(left, 'of them', 'of them')} could not be removed; each ends by itself at the time shown, or with its pod.`,
        ...inertLine(rows),
      ];
}

/** What nobody can remove is counted, so that nobody looks for it. */
function inertLine(rows: readonly Row[]): string[] {
  const pods = new Set(
    rows.filter(({ kind }) => kind === 'container').map(({ namespace, pod }) => `${namespace}/${pod}`),
  );
  if (pods.size === 0) return [];
  return [
    `An ended debug container uses nothing; Kubernetes lists it until its pod is replaced: ${plainText(enumeration([...pods], 5))}.`,
  ];
}
