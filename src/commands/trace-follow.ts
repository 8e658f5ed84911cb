import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { ApiError } from '../kube/kube-api.ts';
import { lookForPlaces, type PlaceRequest } from '../target/find-places.ts';
import type { Place } from '../target/place.ts';

/** How a running trace takes in pods that come later. */
export interface Follower {
  /** What to look for again and again. */
  readonly request: PlaceRequest;
  /** Places that are captured already. */
  readonly known: readonly Place[];
  /** Takes new places in; told once of each. */
  readonly join: (places: readonly Place[]) => Promise<void>;
}

/** Often enough for a pod's first connections, rarely enough for the API server. */
const POLL_MS = 2000;

/** Looks for new pods of workloads, Services and selectors until `signal` aborts. Rejects as `join` does. */
export async function followPods(
  api: KubeConnection,
  { request, known, join }: Follower,
  io: Io,
  signal: AbortSignal,
): Promise<void> {
  const seen = new Set(known.map(keyOf));
  for (;;) {
    await io.sleep(POLL_MS, signal);
    if (signal.aborted) return;
    const fresh = (await look(api, request)).filter((place) => !seen.has(keyOf(place)));
    for (const place of fresh) seen.add(keyOf(place));
    if (fresh.length > 0 && !signal.aborted) await join(fresh);
  }
}

/** An API server that does not answer for a while, or a workload that has gone: those that run go on. */
async function look(api: KubeConnection, request: PlaceRequest): Promise<readonly Place[]> {
  try {
    return (await lookForPlaces(api, request)).places;
  } catch (error) {
    if (error instanceof ApiError || error instanceof UserError) return [];
    throw error;
  }
}

function keyOf(place: Place): string {
  const { uid, name } = (place.kind === 'pod' ? place.pod : place.node).metadata;
  return `${place.kind} ${uid ?? name}`;
}
