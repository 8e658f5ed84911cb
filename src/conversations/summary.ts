import { CONNECTION_STATES, type ConnectionState } from './connection-state.ts';
import { dnsTypeName } from '../dissect/dns.ts';
import { endpointText } from './address.ts';
import type { ConversationGroup, SegmentCounts } from './conversation.ts';
import type { DnsName } from './dns-names.ts';
import type { Group } from './groups.ts';
import type { Observations } from './observations.ts';
import { toMilliseconds } from './samples.ts';
import type { SegmentTotals } from './segments.ts';

/** How the queries for one name and type fared, for the report's table of names. */
export interface DnsNameSummary {
  readonly capture: number;
  readonly client: string;
  readonly server: string;
  readonly name: string;
  readonly type: string;
  /** "NOERROR", "NXDOMAIN", "no answer" …: the most frequent result. */
  readonly result: string;
  readonly queries: number;
  /** Queries that ended in NXDOMAIN: their time was spent for nothing. */
  readonly wasted: number;
  /** Median and 95th percentile of the time to the answer in milliseconds; null: none. */
  readonly answerMs: number | null;
  readonly answerP95Ms: number | null;
}

/** The groups as the report carries them, failing ones first, then by packets. */
export function summariseGroups(observations: Observations): ConversationGroup[] {
  const failures = (group: Group): number =>
    group.silent.count + group.refused.count + group.rejected.count + group.answeredByOther.count;
  return observations.groups
    .toSorted((a, b) => Math.sign(failures(b)) - Math.sign(failures(a)) || b.packets - a.packets)
    .map((group) => ({
      capture: observations.capture,
      client: group.client,
      server: endpointText(group.server, group.port),
      serverAddress: group.server,
      serverPort: group.port,
      protocol: group.protocol,
      conversations: group.conversations,
      packets: group.packets,
      bytes: group.bytes,
      outcomes: {
        answered: group.answered,
        refused: group.refused.count,
        rejected: group.rejected.count,
        silent: group.silent.count,
        answeredByOther: group.answeredByOther.count,
        pending: group.pending,
        unjudged: group.unjudged,
      },
      states: statesOf(group),
      history: group.histories.mostFrequent(),
      handshakeMs: group.handshakes.medianMs(),
      handshakeP95Ms: group.handshakes.quantileMs(0.95),
      dataRoundTripMs: group.roundTrips.medianMs(),
      dataRoundTripP95Ms: group.roundTrips.quantileMs(0.95),
      serverMs: group.serverTimes.medianMs(),
      serverP95Ms: group.serverTimes.quantileMs(0.95),
      longestServerMs: group.serverTimes.longestMs(),
      longestClientMs: group.longestClientNs === 0 ? null : toMilliseconds(group.longestClientNs),
      segments: {
        fromClient: segmentCounts(group.segments[0]),
        fromServer: segmentCounts(group.segments[1]),
      },
      applications: [...group.applications].toSorted(([, a], [, b]) => b - a).map(([name]) => name),
      firstSeen: observations.clock.format(group.firstNs),
      lastSeen: observations.clock.format(group.lastNs),
    }));
}

function segmentCounts(totals: SegmentTotals): SegmentCounts {
  const { data, retransmissions, fastRetransmissions, spurious, outOfOrder } = totals;
  return { data, retransmissions: retransmissions + fastRetransmissions, spurious, outOfOrder };
}

/** The names that were asked for, failing ones first, then by queries. */
export function summariseDns(observations: Observations): DnsNameSummary[] {
  return observations.dns
    .map((name) => ({
      capture: observations.capture,
      client: name.client,
      server: name.server,
      name: observations.names.text(name.nameId),
      type: dnsTypeName(name.type),
      result: mainResult(name),
      queries: name.queries,
      wasted: name.nxdomain.count,
      answerMs: name.answers.medianMs(),
      answerP95Ms: name.answers.quantileMs(0.95),
    }))
    .toSorted((a, b) => rank(a.result) - rank(b.result) || b.queries - a.queries);
}

function mainResult(name: DnsName): string {
  const results: readonly (readonly [string, number])[] = [
    ['no answer', name.unanswered.count],
    ['rejected by ICMP', name.rejected.count],
    ['answered by another address', name.answeredByOther.count],
    ['SERVFAIL', name.servfail.count],
    ['REFUSED', name.refused.count],
    ['FORMERR or rarer', name.otherError.count],
    ['NXDOMAIN', name.nxdomain.count],
    ['NOERROR', name.noError],
    ['no data', name.noData],
    ['pending', name.pending],
  ];
  return results.toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 'pending';
}

function rank(result: string): number {
  if (result === 'NOERROR' || result === 'no data' || result === 'pending') return 2;
  return result === 'NXDOMAIN' ? 1 : 0;
}

/** The states that connections got to with how many did, most first. */
function statesOf({ states }: Group): Partial<Record<ConnectionState, number>> {
  const counted = CONNECTION_STATES.map((state, place): [ConnectionState, number] => [
    state,
    states[place] as number,
  ]);
  return Object.fromEntries(counted.filter(([, count]) => count > 0).toSorted(([, a], [, b]) => b - a));
}
