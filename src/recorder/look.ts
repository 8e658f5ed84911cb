import { findOurs, asDebugContainer } from '../capture/debug-container.ts';
import type { DebugContainer } from '../capture/debug-container.ts';
import { runCommand } from '../capture/run-command.ts';
import { UserError } from '../errors.ts';
import type { ExecApi } from '../kube/exec-api.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { PodObject } from '../target/pod-object.ts';
import { farSide, lookScript, recorderFolder } from './far-side.ts';
import { readLook } from './read-look.ts';
import type { FoundRecorder } from './recorder.ts';

/** A recorder and where it is. */
export interface PlacedRecorder extends FoundRecorder {
  readonly container: DebugContainer;
  /** ISO 8601, when the container ends and the ring with it; empty: unknown. */
  readonly keptUntil: string;
}

/** The recorders of some pods. */
export interface Look {
  readonly recorders: readonly PlacedRecorder[];
  /** What could not be looked into, one sentence each. */
  readonly problems: readonly string[];
}

/** Pods that are asked at the same time. */
const atOnce = 8;

/**
 * Finds recorders by looking into the running debug containers of these pods. A container that cannot be
 * asked is a problem of its own and hides none of the others. Throws what is no answer of the server.
 */
export async function lookForRecorders(api: ExecApi, pods: readonly PodObject[]): Promise<Look> {
  const places = pods.flatMap((pod) => findOurs(pod).running.map((running) => ({ pod, running })));
  const looks: Look[] = [];
  for (let at = 0; at < places.length; at += atOnce) {
    const some = places.slice(at, at + atOnce);
    looks.push(
      ...(await Promise.all(
        some.map(({ pod, running }) =>
          lookInto(api, asDebugContainer(pod, running.name, running.image), running.endsAt),
        ),
      )),
    );
  }
  return {
    recorders: looks.flatMap(({ recorders }) => recorders),
    problems: looks.flatMap(({ problems }) => problems),
  };
}

/** Looks into one container. */
export async function lookInto(api: ExecApi, container: DebugContainer, keptUntil: string): Promise<Look> {
  const where = `container ${container.container} of pod ${container.namespace}/${container.pod}`;
  try {
    const { stdout, exitCode } = await runCommand(api, container, farSide(lookScript, recorderFolder));
    if (exitCode !== 0)
      return { recorders: [], problems: [`${where} cannot be asked (status ${exitCode}).`] };
    const { recorders, unreadable } = readLook(stdout);
    const problems =
      unreadable === 0 ? [] : [`${where} holds ${unreadable} recorders that this version cannot read.`];
    return { recorders: recorders.map((one) => ({ ...one, container, keptUntil })), problems };
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof UserError)) throw error;
    return { recorders: [], problems: [`${where} cannot be asked: ${error.message}.`] };
  }
}
