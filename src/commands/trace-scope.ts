import { defaults } from '../capture/defaults.ts';
import { UserError } from '../errors.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { findPlaces, followed, lookForPlaces, type PlaceRequest } from '../target/find-places.ts';
import { parsePeer, type Peer } from '../target/peer.ts';
import type { Place } from '../target/place.ts';
import type { TraceOptions } from './trace-options.ts';
import { nodesOf, podsAsPeer } from './trace-nodes.ts';
import { MAX_POINTS } from './trace-run.ts';

/** Where a trace captures, and with whom the traffic is. */
export interface TraceScope {
  readonly places: readonly Place[];
  /** What to look for while the trace runs; undefined: nothing of it can change. */
  readonly follow: PlaceRequest | undefined;
  /** Whom a place's capture is narrowed to: not at the peer itself, where senders may have other addresses. */
  readonly peerOf: (place: Place) => Peer | undefined;
  /** Interfaces to capture on there, as {@link TraceOptions} has them. */
  readonly interfacesOf: (place: Place) => readonly string[];
  /** What the user should know, a sentence each. */
  readonly remarks: readonly string[];
}

/**
 * Finds the places that were asked for, and the pods of the peer. Throws UserError if there is none of the
 * former, or more than the user may have meant; ApiError.
 */
export async function findScope(api: KubeConnection, options: TraceOptions): Promise<TraceScope> {
  const isFromNode = options.profile === 'node';
  const request = { ...options.request, namespace: api.namespace, isFromNode };
  const peer = options.to === undefined ? undefined : parsePeer(options.to, api.namespace);
  const near = await findPlaces(api, request);
  const farRequest = farOf(request, peer);
  const far = farRequest === undefined ? undefined : await lookForPlaces(api, farRequest);
  const ends = distinct([...near.places, ...(far?.places ?? [])]);
  const between = options.withNodes ? await nodesOf(api, ends, request) : undefined;
  const places = distinct([...ends, ...(between?.places ?? [])]);
  const nodes = new Set(places.slice(ends.length));
  const pods = podsAsPeer(ends);
  checkHowMany(places.length, options.isConfirmed);
  const both = { ...request, words: [...request.words, ...(farRequest?.words ?? [])] };
  return {
    places,
    follow: followed(both),
    peerOf: (place) => {
      if (nodes.has(place)) return pods;
      return farRequest?.words.includes(place.asked) === true ? undefined : peer;
    },
    // On all of a node's, for that is where a packet enters it from a pod and where it leaves for another node.
    interfacesOf: (place) =>
      nodes.has(place) && options.interfaceNames.length === 0 ? ['any'] : options.interfaceNames,
    remarks: [
      ...near.warnings,
      ...(far?.warnings ?? []),
      ...[...near.left, ...(far?.left ?? []), ...(between?.left ?? [])].map(
        (error) => `left out: ${error.message}`,
      ),
    ],
  };
}

/** The pods behind the peer are captured as well; a node is, when it is named itself. */
function farOf(near: PlaceRequest, peer: Peer | undefined): PlaceRequest | undefined {
  if (peer?.kind !== 'object' || peer.target.kind === 'node') return undefined;
  const { asked } = peer.target;
  if (near.words.includes(asked)) return undefined;
  return { ...near, words: [asked], selector: undefined, isAllNamespaces: false };
}

function checkHowMany(count: number, isConfirmed: boolean): void {
  const most = isConfirmed ? MAX_POINTS : defaults.maxPods.value;
  if (count <= most) return;
  throw new UserError(
    `${count} pods are too many to trace at once`,
    isConfirmed
      ? `a trace has ${MAX_POINTS} captures at most`
      : `${most} are the most without being asked for: each gets a debug container, and all share the line to the API server`,
    isConfirmed
      ? 'Name fewer of them: pod/NAME, or -l with a narrower selector'
      : 'Say that they are meant: --yes; or name fewer of them',
  );
}

function distinct(places: readonly Place[]): Place[] {
  const keys = places.map(keyOf);
  return places.filter((_, index) => keys.indexOf(keys[index] as string) === index);
}

function keyOf(place: Place): string {
  const { uid, name } = (place.kind === 'pod' ? place.pod : place.node).metadata;
  return `${place.kind} ${uid ?? name}`;
}
