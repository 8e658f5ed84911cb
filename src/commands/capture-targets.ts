import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { type Look, lookForRecorders, type PlacedRecorder } from '../recorder/look.ts';
import { plainText } from '../report/plain-text.ts';
import { findPlaces } from '../target/find-places.ts';
import type { Place } from '../target/place.ts';
import { type Given, textOf } from './command.ts';

/** What a recorder is called that nobody gave a name. */
export const defaultRecorderName = 'recorder';

/** A pod to record in, and what the user called it. */
export type AskedPod = Extract<Place, { kind: 'pod' }>;

/** The pods behind the targets. Throws UserError for nodes: a ring lives in the memory of a pod's container. */
export async function askedPods(api: KubeConnection, given: Given, io: Io): Promise<AskedPod[]> {
  const found = await findPlaces(api, {
    words: given.operands,
    selector: undefined,
    isAllNamespaces: false,
    namespace: api.namespace,
  });
  for (const warning of found.warnings) await io.stderr.write(`${plainText(warning)}\n`);
  for (const { message } of found.left) await io.stderr.write(`left out: ${plainText(message)}\n`);
  return found.places.map((place) => {
    if (place.kind === 'pod') return place;
    throw new UserError(
      `${place.asked} cannot be recorded`,
      'a recorder lives in the memory of a debug container, and a node has none',
      'Record in the pod that has the problem: kubectl netdebug capture start pod/NAME',
    );
  });
}

/** The recorder of a name in each pod; says what could not be looked into. Throws UserError if there is none. */
export async function askedRecorders(
  api: KubeConnection,
  given: Given,
  io: Io,
): Promise<readonly PlacedRecorder[]> {
  const name = textOf(given, 'name');
  const pods = await askedPods(api, given, io);
  const look = await lookForRecorders(
    api,
    pods.map(({ pod }) => pod),
  );
  await sayProblems(look, io);
  const fitting = look.recorders.filter(({ order }) => name === undefined || order.name === name);
  const unclear = pods.find(
    ({ pod }) => fitting.filter((recorder) => recorder.container.pod === pod.metadata.name).length > 1,
  );
  if (unclear !== undefined)
    throw new UserError(
      `Pod ${unclear.pod.metadata.namespace}/${unclear.pod.metadata.name} has several recorders`,
      `they are called ${fitting.map(({ order }) => order.name).join(', ')}`,
      `--name ${fitting[0]?.order.name ?? 'NAME'}`,
    );
  if (fitting.length > 0) return fitting;
  const others = look.recorders.map(({ order }) => order.name);
  const where = given.operands.join(', ');
  throw new UserError(
    `${where} has no recorder${name === undefined ? '' : ` "${name}"`}`,
    others.length > 0
      ? `it has ${others.join(', ')}`
      : 'none of its debug containers that still run holds one; a ring goes with its container or pod',
    `kubectl netdebug capture list; to start one: kubectl netdebug capture start ${where}`,
  );
}

/** Containers that could not be asked may hold what is looked for. */
export async function sayProblems({ problems }: Look, io: Io): Promise<void> {
  for (const problem of problems) await io.stderr.write(`${plainText(problem)}\n`);
}
