import { endpointText } from '../conversations/address.ts';
import type { Group } from '../conversations/groups.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Finding, FindingDetails, FindingId } from './finding.ts';

/** Most frame numbers in a finding. */
const MAX_FRAMES = 16;

/** What a {@link Tally} holds, or several of them put together. */
export interface Evidence {
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
  readonly frames: readonly number[];
  /** The client's port in an example, 0 or nothing: not known. */
  readonly clientPort?: number;
}

/** Puts the evidence of several tallies together. */
export function joinEvidence(parts: readonly Evidence[]): Evidence {
  const seen = parts.filter((part) => part.count > 0);
  return {
    count: seen.reduce((sum, part) => sum + part.count, 0),
    firstNs: Math.min(...seen.map((part) => part.firstNs)),
    lastNs: Math.max(...seen.map((part) => part.lastNs)),
    frames: [...new Set(seen.flatMap((part) => part.frames))].toSorted((a, b) => a - b).slice(0, MAX_FRAMES),
    clientPort: seen[0]?.clientPort ?? 0,
  };
}

type Rest = Pick<Finding, 'severity' | 'confidence' | 'client' | 'server' | 'protocol' | 'text' | 'details'>;

/** A finding from its evidence. */
export function finding(observations: Observations, id: FindingId, evidence: Evidence, rest: Rest): Finding {
  return {
    id,
    severity: rest.severity,
    confidence: rest.confidence,
    capture: observations.capture,
    client: rest.client,
    server: rest.server,
    protocol: rest.protocol,
    count: evidence.count,
    firstSeen: observations.clock.format(evidence.firstNs),
    lastSeen: observations.clock.format(evidence.lastNs),
    frames: [...evidence.frames].sort((a, b) => a - b).slice(0, MAX_FRAMES),
    text: rest.text,
    details: { ...rest.details, ...exampleOf(evidence, rest) },
  };
}

/** One conversation that shows the finding, where client and server are known. */
function exampleOf({ clientPort = 0 }: Evidence, { client, server }: Rest): Pick<FindingDetails, 'example'> {
  const isOne = clientPort !== 0 && client !== '' && client !== '*' && server !== '' && server !== '*';
  return isOne ? { example: { client: endpointText(client, clientPort), server } } : {};
}

/** "address:port" of a group's server. */
export function serverOf(group: Group): string {
  return endpointText(group.server, group.port);
}

/** Attempts of a group whose end is known. */
export function judgedAttempts(group: Group): number {
  return (
    group.answered +
    group.silent.count +
    group.refused.count +
    group.rejected.count +
    group.answeredByOther.count
  );
}

/** "1 connection", "12 connections". */
export function plural(count: number, singular: string, many = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : many}`;
}

/** Clients to which at least one packet came in: their silence is not that of a capture of one direction. */
export function clientsThatHear(observations: Observations): ReadonlySet<string> {
  const hearing = new Set<string>();
  for (const group of observations.groups) {
    if (group.packetsFromServer > 0 || group.rejected.count > 0) hearing.add(group.client);
    // Whoever serves somebody receives that client's packets.
    if (group.packets > group.packetsFromServer) hearing.add(group.server);
  }
  for (const name of observations.dns) if (name.rejected.count > 0) hearing.add(name.client);
  return hearing;
}
