import type { AddressEntry } from '../cluster/directory.ts';
import type { ConversationGroup } from '../conversations/conversation.ts';
import type { PlacedFinding, Situation } from './explainer.ts';
import { isSilence } from './policies.ts';
import { targetsOf } from '../service/port-view.ts';

/** Where one endpoint is: its node, or '' for a host outside the cluster. */
interface Place {
  readonly address: string;
  readonly node: string;
}

/** What pods of one node dialled, how much of it lies off the node, and how it went. */
export interface Destination {
  readonly server: string;
  /** Endpoints on the node itself. */
  readonly here: number;
  readonly away: readonly Place[];
  /** Attempts that a far end reacted to: an answer or a refusal of its own. */
  readonly reached: number;
  readonly silent: number;
  readonly finding: PlacedFinding | null;
}

/** Every destination of the node's pods whose endpoints' places are known. */
export function destinationsFrom(node: string, situation: Situation): Destination[] {
  const servers = new Map<string, { group: ConversationGroup | null; finding: PlacedFinding | null }>();
  for (const group of situation.groups) {
    if (isClientOn(group.client, node, situation)) servers.set(keyOf(group), { group, finding: null });
  }
  for (const placed of situation.findings) {
    if (!isClientOn(placed.finding.client, node, situation)) continue;
    const entry = servers.get(keyOf(placed.finding)) ?? { group: placed.group, finding: null };
    // A silence is what is judged here; another finding of the same group must not hide it.
    if (entry.finding === null || isSilence(placed.finding))
      servers.set(keyOf(placed.finding), { ...entry, finding: placed });
  }
  return [...servers.values()].flatMap(({ group, finding }) => destination(node, group, finding, situation));
}

/**
 * Whether the silent attempts are so many that every endpoint off the node must be silent: more than the share
 * that would be silent if one of them answered, by two standard deviations (kube-proxy picks at random).
 */
export function isWhollySilent({ here, away, reached, silent }: Destination): boolean {
  const attempts = reached + silent;
  const share = (away.length - 1) / (here + away.length);
  return silent > attempts * share + 2 * Math.sqrt(attempts * share * (1 - share));
}

/** Whether an endpoint off the node reacted: surely if all are off it, else if more reacted than the ones on the node can account for. */
export function reachedAway({ here, away, reached, silent }: Destination): boolean {
  if (away.length === 0 || reached === 0) return false;
  const attempts = reached + silent;
  const share = here / (here + away.length);
  return reached > attempts * share + 3 * Math.sqrt(attempts * share * (1 - share)) + (here > 0 ? 1 : 0);
}

function keyOf(one: {
  readonly capture: number;
  readonly client: string;
  readonly server: string;
  readonly protocol: string;
}): string {
  return `${one.capture} ${one.protocol} ${one.client} ${one.server}`;
}

function isClientOn(client: string, node: string, { directory }: Situation): boolean {
  return directory.podAt(client)?.node === node;
}

function destination(
  node: string,
  group: ConversationGroup | null,
  placed: PlacedFinding | null,
  situation: Situation,
): Destination[] {
  const server = group?.server ?? placed?.finding.server ?? '';
  const places = placesOf(
    server,
    group?.serverAddress ?? placed?.address ?? '',
    group?.protocol ?? placed?.finding.protocol ?? '',
    node,
    situation,
  );
  if (places.length === 0) return [];
  const silentFinding = placed !== null && isSilence(placed.finding) ? placed : null;
  const outcomes = group?.outcomes;
  return [
    {
      server,
      here: places.filter((place) => place.node === node).length,
      away: places.filter((place) => place.node !== node),
      reached:
        outcomes === undefined
          ? (silentFinding?.finding.details.succeeded ?? 0)
          : outcomes.answered +
            outcomes.refused +
            outcomes.answeredByOther +
            rejectedFromAway(placed, node, situation),
      silent: Math.max(outcomes?.silent ?? 0, silentFinding?.finding.count ?? 0),
      finding: silentFinding,
    },
  ];
}

/** ICMP errors count as reached if they were not sent by the client's own node. */
function rejectedFromAway(placed: PlacedFinding | null, node: string, { directory }: Situation): number {
  const icmp = placed?.finding.details.icmp;
  return placed === null || icmp === undefined || directory.lookup(icmp.sender).node === node
    ? 0
    : placed.finding.count;
}

function placesOf(
  server: string,
  address: string,
  protocol: string,
  node: string,
  situation: Situation,
): Place[] {
  const { directory, facts } = situation;
  const service = directory.serviceAt(server);
  if (service === null) return placeOf(address, directory.lookup(address), node);
  const port = Number(server.slice(server.lastIndexOf(':') + 1));
  const tried = targetsOf(facts, directory, service, { address, port, protocol, node });
  return tried.flatMap((endpoint) => {
    const entry = directory.lookup(endpoint.address);
    return entry.kind === 'stale' || endpoint.node === ''
      ? placeOf(endpoint.address, entry, node)
      : [{ address: endpoint.address, node: endpoint.node }];
  });
}

function placeOf(address: string, entry: AddressEntry, node: string): Place[] {
  switch (entry.kind) {
    case 'pod':
    case 'node':
      // The node's own address needs no forwarding and says nothing.
      return entry.node === '' || (entry.kind === 'node' && entry.node === node)
        ? []
        : [{ address, node: entry.node }];
    case 'external':
    case 'api-server':
      return [{ address, node: '' }];
    default:
      return [];
  }
}
