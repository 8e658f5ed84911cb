import type { Io } from '../io.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { iso } from '../recorder/join.ts';
import { lookForRecorders, type PlacedRecorder } from '../recorder/look.ts';
import { byteSize, thousands } from '../report/amounts.ts';
import { tableLines } from '../report/columns.ts';
import { plainText } from '../report/plain-text.ts';
import type { PodObject } from '../target/pod-object.ts';
import { sayProblems } from './capture-targets.ts';
import { type Given, isGiven } from './command.ts';

/** `capture list`: the recorders that are found in pods; nothing of them is kept at home. */
export async function captureList(api: KubeConnection, given: Given, io: Io): Promise<number> {
  const path = isGiven(given, 'all-namespaces') ? '/api/v1/pods' : `/api/v1/namespaces/${api.namespace}/pods`;
  const look = await lookForRecorders(api, await api.list<PodObject>(path));
  await sayProblems(look, io);
  if (look.recorders.length === 0) {
    const where = isGiven(given, 'all-namespaces')
      ? 'any pod of the cluster'
      : `the pods of namespace ${plainText(api.namespace)}`;
    await io.stderr.write(`No recorder is in ${where}.\n`);
    return look.problems.length === 0 ? 0 : 2;
  }
  await io.stdout.write(
    `${tableLines(look.recorders, columns)
      .map((line) => plainText(line))
      .join('\n')}\n`,
  );
  return look.problems.length === 0 ? 0 : 2;
}

const columns = [
  { title: 'NAMESPACE', text: ({ container }: PlacedRecorder) => container.namespace },
  { title: 'POD', text: ({ container }: PlacedRecorder) => container.pod },
  { title: 'NAME', text: ({ order }: PlacedRecorder) => order.name },
  { title: 'STATE', text: stateText },
  { title: 'HOLDS', text: heldText },
  {
    title: 'PACKETS',
    align: 'right' as const,
    text: ({ counters }: PlacedRecorder) =>
      counters.captured === null ? 'not counted' : thousands(counters.captured),
  },
  {
    title: 'DROPPED',
    align: 'right' as const,
    text: ({ counters }: PlacedRecorder) =>
      counters.droppedByKernel === null ? 'not counted' : thousands(counters.droppedByKernel),
  },
  { title: 'RECORDS', text: orderText },
];

function stateText({ ended, endedSeconds, triggeredSeconds, order, message }: PlacedRecorder): string {
  const at = endedSeconds === null ? '' : ` ${iso(endedSeconds)}`;
  if (ended === 'trigger')
    return `ended: ${order.until ?? 'trigger'}${triggeredSeconds === null ? at : ` at ${iso(triggeredSeconds)}`}`;
  if (ended === 'failed') return `failed${at}: ${message === '' ? 'tcpdump gave no reason' : message}`;
  if (ended !== null) return `ended${at} (${ended})`;
  const endMs = Date.parse(order.startedAt) + order.ttlSeconds * 1000;
  const hit =
    triggeredSeconds === null ? '' : `, ${order.until ?? 'trigger'} seen at ${iso(triggeredSeconds)}`;
  return `records until ${iso(endMs / 1000)}${hit}`;
}

/** "12.3 MB of 48 MB since 2026-11-21T15:00:00Z". */
function heldText({ files, order }: PlacedRecorder): string {
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const first = files.reduce(
    (least, { firstSeconds }) => Math.min(least, firstSeconds ?? Infinity),
    Infinity,
  );
  const since = Number.isFinite(first) ? ` since ${iso(first)}` : '';
  return `${byteSize(bytes)} of ${byteSize(order.ringBytes)}${since}`;
}

function orderText({ order }: PlacedRecorder): string {
  const filter = order.filter.length === 0 ? '' : ` ${order.filter.join(' ')}`;
  const until = order.until === null ? '' : ` until ${order.until}`;
  return `${order.asked} ${order.interfaceName}${filter}${until}`;
}
