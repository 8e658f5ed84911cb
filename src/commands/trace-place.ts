import type { DebugContainer } from '../capture/debug-container.ts';
import { compileFilter } from '../capture/filter.ts';
import { chooseInterfaces, type Interfaces } from '../capture/interfaces.ts';
import { type Plan, planDebugContainer } from '../capture/ladder.ts';
import { placeName } from '../capture/node-pod.ts';
import { type EnteredPlace, enterPlace } from '../capture/start-container.ts';
import { UserError } from '../errors.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { Place } from '../target/place.ts';
import { settleBounded } from './bounded.ts';
import { type Interrupts, leftEarly, unlessStopped } from './interrupts.ts';
import type { TraceOptions } from './trace-options.ts';
import { peerAddresses, placeFilter, type ResolvedPeer } from './trace-peer.ts';
import type { TraceScope } from './trace-scope.ts';

/** A place and how far a trace got there. */
export type PlaceStep<T> =
  | { readonly place: Place; readonly value: T; readonly error?: undefined }
  | { readonly place: Place; readonly error: UserError | ApiError };

/** A place in which captures can start. */
export interface PreparedPlace {
  readonly container: DebugContainer;
  readonly interfaces: Interfaces;
  /** Checked, with the capture's own stream taken out where it would show. */
  readonly filter: readonly string[];
  /** Whom the capture is narrowed to; undefined: nobody. */
  readonly peer: ResolvedPeer | undefined;
}

/** Places that were entered; disposing of them removes what can be removed. */
export interface EnteredPlaces extends AsyncDisposable {
  readonly steps: readonly PlaceStep<PreparedPlace>[];
}

/** Places in which something is done at the same time: each takes a few requests at once. */
const AT_ONCE = 8;

/** Finds the way into each place; nothing is changed. Throws UserError if the user interrupts. */
export async function planPlaces(
  api: KubeConnection,
  places: readonly Place[],
  options: TraceOptions,
  interrupts: Interrupts,
): Promise<PlaceStep<Plan>[]> {
  const planning = advance(
    places.map((place) => ({ place, value: place })),
    async (place) => await planDebugContainer(api, place, options),
  );
  return await unlessStopped(interrupts, planning);
}

/**
 * Carries the plans out, several at a time: waits for the containers, chooses interfaces, has tcpdump
 * check the filter. Throws UserError if the user interrupts; what was created is removed then.
 */
export async function enterPlaces(
  api: KubeConnection,
  plans: readonly PlaceStep<Plan>[],
  options: TraceOptions,
  scope: Pick<TraceScope, 'peerOf' | 'interfacesOf'>,
  say: (line: string) => void,
  interrupts: Interrupts,
): Promise<EnteredPlaces> {
  const entered: EnteredPlace[] = [];
  const dispose = async (): Promise<void> => {
    await Promise.all(entered.map(async (place) => await place[Symbol.asyncDispose]()));
  };
  try {
    const steps = await advance(plans, async (plan, place) => {
      if (interrupts.stop.aborted) throw leftEarly();
      const tell = plans.length === 1 ? say : (line: string): void => say(`${placeName(place)}: ${line}`);
      const container = await enterPlace(api, plan, tell, { signal: interrupts.stop });
      entered.push(container);
      return await unlessStopped(interrupts, prepare(api, container, options.filter, place, scope));
    });
    if (interrupts.stop.aborted) throw leftEarly();
    return { steps, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function prepare(
  api: KubeConnection,
  container: DebugContainer,
  filter: readonly string[],
  place: Place,
  scope: Pick<TraceScope, 'peerOf' | 'interfacesOf'>,
): Promise<PreparedPlace> {
  const interfaces = await chooseInterfaces(api, container, scope.interfacesOf(place));
  await compileFilter(api, container, interfaces.chosen[0] ?? 'any', filter);
  const peer = scope.peerOf(place);
  const resolved =
    peer === undefined ? undefined : { peer, addresses: await peerAddresses(api, container, peer) };
  return {
    container,
    interfaces,
    filter: await placeFilter(api, container, filter, resolved?.addresses),
    peer: resolved,
  };
}

/** Does the next thing in each place that has come so far. Rejects for what is neither UserError nor ApiError. */
async function advance<T, R>(
  steps: readonly PlaceStep<T>[],
  task: (value: T, place: Place) => Promise<R>,
): Promise<PlaceStep<R>[]> {
  const results = await settleBounded(steps, AT_ONCE, async (step): Promise<PlaceStep<R>> => {
    if (step.error !== undefined) return step;
    try {
      return { place: step.place, value: await task(step.value, step.place) };
    } catch (error) {
      if (error instanceof UserError || error instanceof ApiError) return { place: step.place, error };
      throw error;
    }
  });
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** Of the places that came so far. */
export function valuesOf<T>(steps: readonly PlaceStep<T>[]): T[] {
  return steps.flatMap((step) => (step.error === undefined ? [step.value] : []));
}

/** Throws what the first place said if none of them came so far. */
export function throwIfNone(steps: readonly PlaceStep<unknown>[]): void {
  const [first] = steps;
  if (first?.error !== undefined && steps.every(({ error }) => error !== undefined)) throw first.error;
}
