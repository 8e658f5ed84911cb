import type { DebugContainer } from '../capture/debug-container.ts';
import { excludeOwnStream } from '../capture/filter.ts';
import { lookUpName } from '../capture/look-up-name.ts';
import { maxPeerAddresses, peerFilter } from '../capture/peer-filter.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { ApiError } from '../kube/kube-api.ts';
import { objectAddresses, type Peer, type PeerAddress } from '../target/peer.ts';
import type { NarrowedPlace, TraceRun } from './trace-run.ts';

/** Addresses are asked for again so often while captures run. */
const REFRESH_MS = 10_000;

/** The addresses of a peer now, as the place sees them. Throws UserError if there is none, or too many. */
export async function peerAddresses(
  api: KubeConnection,
  container: DebugContainer,
  peer: Peer,
): Promise<readonly PeerAddress[]> {
  const found = await askFor(api, container, peer);
  if (found.length === 0)
    throw new UserError(
      `--to ${peer.asked} has no address`,
      peer.kind === 'name'
        ? `pod ${container.namespace}/${container.pod} cannot resolve it`
        : 'neither it nor what is behind it has one now',
      'Name an address, or leave --to out: the trace then shows the DNS queries as well.',
    );
  if (found.length > maxPeerAddresses)
    throw new UserError(
      `--to ${peer.asked} has ${found.length} addresses`,
      `a filter takes ${maxPeerAddresses} of them`,
      'Name a CIDR that holds them, such as --to 10.244.0.0/16',
    );
  return found;
}

/** A peer and the addresses by which a place knows it. */
export interface ResolvedPeer {
  readonly peer: Peer;
  readonly addresses: readonly PeerAddress[];
}

/**
 * Asks again and again for the addresses of a peer until `signal` aborts; captures whose filter lacks new
 * ones go on with a wider filter. `say` is told of each change.
 */
export async function refreshPeers(
  api: KubeConnection,
  run: TraceRun,
  userFilter: readonly string[],
  say: (line: string) => void,
  io: Io,
  signal: AbortSignal,
): Promise<void> {
  const known = new Map<NarrowedPlace, readonly PeerAddress[]>();
  for (;;) {
    await io.sleep(REFRESH_MS, signal);
    if (signal.aborted) return;
    for (const place of run.narrowed) {
      const { container, peer, points } = place;
      const before = known.get(place) ?? peer.addresses;
      const fresh = await newAddresses(api, container, peer.peer, before);
      if (fresh.length === 0 || signal.aborted) continue;
      const after = [...before, ...fresh];
      known.set(place, after);
      const filter = await placeFilter(api, container, userFilter, after);
      for (const { running } of points) running?.refilter(filter);
      const where = points.map(({ source }) => source.vantagePoint).join(', ');
      say(
        `${peer.peer.asked} is now at ${fresh.map(({ net }) => net).join(', ')} as well: the filter of ${where} changes, which leaves a short gap`,
      );
    }
  }
}

/** The filter of a place: the user's, the peer, and the capture's own stream taken out where it would show. */
export async function placeFilter(
  api: KubeConnection,
  container: DebugContainer,
  userFilter: readonly string[],
  peer: readonly PeerAddress[] | undefined,
): Promise<readonly string[]> {
  const narrow = peer === undefined ? userFilter : peerFilter(userFilter, peer);
  return container.hostNetwork ? await excludeOwnStream(api, narrow) : narrow;
}

/** Addresses that the peer has by now and that are not in `known`. An answer that does not come is none. */
async function newAddresses(
  api: KubeConnection,
  container: DebugContainer,
  peer: Peer,
  known: readonly PeerAddress[],
): Promise<readonly PeerAddress[]> {
  const covered = new Set(known.map(keyOf));
  try {
    const found = await askFor(api, container, peer);
    const room = Math.max(0, maxPeerAddresses - known.length);
    return found.filter((address) => !covered.has(keyOf(address))).slice(0, room);
  } catch (error) {
    if (error instanceof UserError || error instanceof ApiError) return [];
    throw error;
  }
}

async function askFor(
  api: KubeConnection,
  container: DebugContainer,
  peer: Peer,
): Promise<readonly PeerAddress[]> {
  if (peer.kind === 'addresses') return peer.addresses;
  if (peer.kind === 'object') return await objectAddresses(api, peer);
  const found = await lookUpName(api, container, peer.name);
  return found.map((net) => ({ net, port: peer.port }));
}

function keyOf({ net, port }: PeerAddress): string {
  return `${net} ${port ?? ''}`;
}
