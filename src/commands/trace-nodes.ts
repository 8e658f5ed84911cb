import { maxPeerAddresses } from '../capture/peer-filter.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { type FoundPlaces, lookForPlaces, type PlaceRequest } from '../target/find-places.ts';
import type { Peer } from '../target/peer.ts';
import type { Place } from '../target/place.ts';

/**
 * The nodes of the pods, each once, as further places: `--nodes`. What cannot be read stands in `left`. Throws
 * ApiError.
 */
export async function nodesOf(
  api: KubeConnection,
  places: readonly Place[],
  request: PlaceRequest,
): Promise<FoundPlaces> {
  const names = places.flatMap((place) => (place.kind === 'pod' ? [place.pod.spec?.nodeName ?? ''] : []));
  const words = [...new Set(names)].filter((name) => name !== '').map((name) => `node/${name}`);
  return await lookForPlaces(api, { ...request, words, selector: undefined, isAllNamespaces: false });
}

/** The traffic of the pods, which is all that is asked of their nodes; undefined: more of them than a filter takes. */
export function podsAsPeer(places: readonly Place[]): Peer | undefined {
  const addresses = places.flatMap((place) =>
    place.kind === 'pod' ? (place.pod.status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []) : [],
  );
  const distinct = [...new Set(addresses)];
  if (distinct.length === 0 || distinct.length > maxPeerAddresses) return undefined;
  return {
    kind: 'addresses',
    asked: 'the traced pods',
    addresses: distinct.map((net) => ({ net, port: undefined })),
  };
}
