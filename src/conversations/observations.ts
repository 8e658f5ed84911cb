import type { CaptureClock, Damage } from '../pcap/frame.ts';
import type { CaptureComment, GivenName } from '../pcap/remarks.ts';
import type { AddressOwner } from './address-owner.ts';
import type { ProxyLeg } from './conversation.ts';
import type { DnsName } from './dns-names.ts';
import type { Group } from './groups.ts';
import type { IcmpErrors } from './icmp-errors.ts';
import type { NamePool } from './name-pool.ts';
import type { NeighbourTarget } from './neighbour-target.ts';
import type { Tally } from './samples.ts';
import type { SctpAttempt } from './sctp-attempts.ts';
import type { StrayAnswer } from './stray-answers.ts';
import type { TunnelPath } from './tunnel-paths.ts';

/** All that was observed in one capture, bounded in size: what the detectors judge. */
export interface Observations {
  /** Index into the report's `captures`. */
  readonly capture: number;
  readonly clock: CaptureClock;
  readonly packets: number;
  /** Bytes on the wire. */
  readonly bytes: number;
  /** Of the first and last packet; NaN without packets. */
  readonly firstNs: number;
  readonly lastNs: number;
  readonly groups: readonly Group[];
  readonly dns: readonly DnsName[];
  readonly names: NamePool;
  /** Names by the addresses that DNS answered with. */
  readonly hostNames: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names that the capture file itself gives addresses, and its comments. */
  readonly givenNames: readonly GivenName[];
  readonly comments: readonly CaptureComment[];
  readonly arp: readonly NeighbourTarget[];
  /** IPv4 addresses that were claimed in ARP packets. */
  readonly owners: readonly AddressOwner[];
  /** IPv6 addresses that neighbours were asked for. */
  readonly neighbours: readonly NeighbourTarget[];
  /** How SCTP associations were set up. */
  readonly sctp: readonly SctpAttempt[];
  /** Tunnels between hosts, each direction by itself. */
  readonly tunnels: readonly TunnelPath[];
  /** Answers that lost the translation of their address in the middle of a connection. */
  readonly strayAnswers: readonly StrayAnswer[];
  /** Connections that a mesh's proxy took over inside the pod. */
  readonly proxyLegs: readonly ProxyLeg[];
  readonly icmpErrors: readonly IcmpErrors[];
  /** Packets that were captured more than once; not counted anywhere else. */
  readonly copies: Tally;
  /** Packets encrypted by IPsec (ESP), also inside UDP. */
  readonly encrypted: Tally;
  /** Packets in which a header was cut off or wrong. */
  readonly malformed: Tally;
  /** IP packets of which not all fragments were captured, with the first one that was. */
  readonly fragmentsMissing: Tally;
  /** Fragments that overlap others or contradict them. */
  readonly fragmentsContradicting: Tally;
  readonly damage: readonly Damage[];
  /** Packets that the kernel dropped, as tcpdump or the capture itself counted them; null: nobody counted. */
  readonly dropped: number | null;
  /** What the capture engine knows to be missing, one sentence each. */
  readonly problems: readonly string[];
  /** Whether the capture is known to show both directions (our own, without a filter on direction). */
  readonly bothDirections: boolean;
  /** Link types that are not dissected, by number, with the count of their packets. */
  readonly unsupportedLinkTypes: ReadonlyMap<number, number>;
}
