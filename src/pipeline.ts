import type { CaptureSummary } from './capture/capture.ts';
import type { Facts } from './cluster/facts.ts';
import { endpointText } from './conversations/address.ts';
import { summariseApplications } from './conversations/application-rows.ts';
import type {
  ApplicationRow,
  ConversationGroup,
  ProxyLeg,
  SeenName,
  ServerSummary,
} from './conversations/conversation.ts';
import { seenNames } from './conversations/host-names.ts';
import { summariseServers } from './conversations/servers.ts';
import { summariseDns, summariseGroups } from './conversations/summary.ts';
import { Tracker } from './conversations/tracker.ts';
import type { EngineReport } from './conversations/tracker.ts';
import { detect, detectBetween, judges } from './detect/index.ts';
import type { Finding } from './detect/finding.ts';
import { mergePlaces } from './detect/merge-places.ts';
import type { Unknown } from './explain/explanation.ts';
import { explain } from './explain/index.ts';
import { pairMeshLegs } from './explain/mesh-legs.ts';
import type { Crossing } from './matching/crossing.ts';
import { cross } from './matching/index.ts';
import { serviceEndpoints } from './matching/service-endpoints.ts';
import { onlyInterfaces } from './pcap/only-interfaces.ts';
import { CaptureReader } from './pcap/reader.ts';
import { type CaptureComment, commentText } from './pcap/remarks.ts';
import { compareServers } from './report/compare-servers.ts';
import { latenciesOf } from './report/latency.ts';
import type { DnsNameRow, Report } from './report/report.ts';
import { verdict } from './report/verdict.ts';

/*
 * The table of contents. Bytes of a capture go through
 *   pcap (frames) → dissect (packets) → conversations (what was observed) → detect (findings)
 * and then, joined with the facts of the cluster,
 *   explain (causes) → report (verdict, tables, JSON).
 * Several captures of one incident are compared packet by packet before that: matching (pairs, losses).
 */

/** Where a capture comes from. */
export type AnalysisSource = Pick<CaptureSummary, 'vantagePoint' | 'node' | 'addresses' | 'container'>;

/** How a capture ended, as its maker knows it. */
export interface AnalysisEnd extends EngineReport {
  readonly ended: string;
}

/** What one capture gave: symptoms and counts, not yet causes. */
export interface AnalysisResult {
  readonly capture: CaptureSummary;
  readonly findings: readonly Finding[];
  readonly groups: readonly ConversationGroup[];
  readonly dns: readonly DnsNameRow[];
  readonly servers: readonly ServerSummary[];
  readonly applications: readonly ApplicationRow[];
  /** By address. */
  readonly seenNames: ReadonlyMap<string, SeenName>;
  /** Connections that a mesh's proxy took over. */
  readonly proxyLegs: readonly ProxyLeg[];
}

/** The analysis of one capture while it arrives. Memory is bounded whatever arrives. */
export class Analysis {
  readonly #source: AnalysisSource;
  readonly #index: number;
  readonly #tracker: Tracker;
  readonly #reader: CaptureReader;

  /**
   * `index` is the capture's place in the report; `seed` protects the hash tables from hostile captures;
   * `share` is the number of captures that are analysed at the same time and share their memory; of a merged capture
   * only some `interfaces` are looked at.
   */
  constructor(
    source: AnalysisSource,
    index: number,
    seed: number,
    share = 1,
    interfaces?: ReadonlySet<number>,
  ) {
    this.#source = source;
    this.#index = index;
    this.#tracker = new Tracker(seed, judges, share);
    this.#reader = new CaptureReader(
      interfaces === undefined ? this.#tracker : onlyInterfaces(this.#tracker, interfaces),
    );
  }

  get packets(): number {
    return this.#tracker.packets;
  }

  /** Bytes on the wire of the packets so far. */
  get bytes(): number {
    return this.#tracker.bytes;
  }

  /** Takes the next piece of the capture, of any size. */
  write(chunk: Uint8Array): void {
    this.#reader.write(chunk);
  }

  /** Free space to read a file straight into, at least 256 KiB, also while {@link process} works; then {@link commit}. */
  reserve(): Uint8Array {
    return this.#reader.reserve();
  }

  /** Takes the first bytes that were put into {@link reserve}'s space; follow up with {@link process}. */
  commit(lengthBytes: number): void {
    this.#reader.commit(lengthBytes);
  }

  /** Looks at what was committed. */
  process(): void {
    this.#reader.process();
  }

  /** Ends the capture and judges it. */
  end(end: AnalysisEnd): AnalysisResult {
    const observations = this.#tracker.end(this.#index, this.#reader.clock, this.#reader.end(), end);
    return {
      capture: {
        ...this.#source,
        packets: observations.packets,
        bytes: observations.bytes,
        dropped: observations.dropped,
        firstSeen: observations.clock.format(observations.firstNs),
        lastSeen: observations.clock.format(observations.lastNs),
        ended: end.ended,
        problems: observations.problems,
        ...commentsOf(observations.comments),
      },
      findings: detect(observations),
      groups: summariseGroups(observations),
      dns: summariseDns(observations),
      servers: summariseServers(observations),
      applications: summariseApplications(observations),
      seenNames: seenNames(observations),
      proxyLegs: observations.proxyLegs,
    };
  }
}

function commentsOf(comments: readonly CaptureComment[]): Pick<CaptureSummary, 'comments'> {
  return comments.length === 0 ? {} : { comments: comments.map(commentText) };
}

/** A capture that was analysed, to be compared with others. */
export interface ComparedCapture {
  readonly capture: CaptureSummary;
  /** Whether both directions were captured for certain. */
  readonly bothDirections: boolean;
  /** Reads its bytes from their begin; called twice. */
  readonly read: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Only the packets of these interfaces; undefined: of all. */
  readonly interfaces?: ReadonlySet<number> | undefined;
}

/**
 * Compares the captures of one incident packet by packet, in the order of the report's `captures`. The facts say which
 * pods a Service's packets may come to. `seed` protects the hash tables from hostile captures.
 */
export async function compare(
  captures: readonly ComparedCapture[],
  facts: Facts | null,
  seed: number,
): Promise<Crossing> {
  const vantages = captures.map(({ capture, bothDirections, ...rest }, index) => ({
    ...rest,
    capture: index,
    name: capture.vantagePoint,
    node: capture.node,
    addresses: capture.addresses,
    dropped: capture.dropped,
    isBroken: capture.problems.length > 0,
    isUnfiltered: bothDirections,
  }));
  return await cross(vantages, serviceEndpoints(facts), seed);
}

/** How a report is made. */
export interface JudgeOptions {
  readonly toolVersion: string;
  /** Debug image to name in printed commands. */
  readonly image?: string;
  /** What several captures show together; undefined: there is one, or they were not compared. */
  readonly crossing?: Crossing | undefined;
}

/** Explains the findings of all captures with the facts of the cluster (null: there is none) and writes the report. */
export function judge(
  results: readonly AnalysisResult[],
  facts: Facts | null,
  options: JudgeOptions,
): Report {
  const { crossing } = options;
  const findings = sortFindings([
    ...mergePlaces(
      results.flatMap((result) => result.findings),
      crossing?.pairs ?? [],
    ),
    ...(crossing === undefined ? [] : detectBetween(crossing)),
  ]);
  const conversations = results.flatMap((result) => result.groups);
  const { causes, unknowns, names, policySuspects } = explain(
    findings,
    conversations,
    facts,
    options.image === undefined ? {} : { image: options.image },
  );
  const seen = namesWithout(names, conversations, results);
  const body = {
    captures: results.map((result) => result.capture),
    findings,
    causes,
    unknowns: [...unknowns, ...undecided(crossing)],
    policySuspects,
    conversations,
    pairs: crossing?.pairs ?? [],
    dns: results.flatMap((result) => result.dns),
    latencies: latenciesOf(conversations),
    comparisons: compareServers(
      results.flatMap((result) => result.servers),
      servicesOf(facts),
      seen,
    ),
    applications: results.flatMap((result) => result.applications),
    ...meshLegsOf(results, conversations, facts),
    names,
    seenNames: seen,
  };
  return {
    schemaVersion: '1.0',
    tool: { name: 'kubectl-netdebug', version: options.toolVersion },
    verdict: verdict(body),
    ...body,
  };
}

function meshLegsOf(
  results: readonly AnalysisResult[],
  conversations: readonly ConversationGroup[],
  facts: Facts | null,
): Pick<Report, 'meshLegs'> {
  const meshLegs = pairMeshLegs(
    results.flatMap((result) => result.proxyLegs),
    conversations,
    results.map((result) => result.capture),
    facts,
  );
  return meshLegs.length === 0 ? {} : { meshLegs };
}

/** What could not be decided although several captures were compared. */
function undecided(crossing: Crossing | undefined): Unknown[] {
  const next = 'trace both ends at once: kubectl netdebug trace pod/CLIENT svc/SERVER -n NAMESPACE';
  return (crossing?.limits ?? []).map((why) => ({ what: 'where packets were lost', why, next }));
}

/** The Services by the "address:port" of their endpoints: "svc/payments.shop". */
function servicesOf(facts: Facts | null): ReadonlyMap<string, string> {
  return new Map(
    (facts?.endpointSlices ?? []).flatMap(({ namespace, service, ports, endpoints }) =>
      endpoints.flatMap(({ addresses }) =>
        addresses.flatMap((address) =>
          ports.map(({ port }): [string, string] => [
            endpointText(address, port),
            `svc/${service}.${namespace}`,
          ]),
        ),
      ),
    ),
  );
}

/** Names that the captures prove, of the addresses in the report that the cluster does not name; the first capture counts. */
function namesWithout(
  known: Readonly<Record<string, string>>,
  groups: readonly ConversationGroup[],
  results: readonly AnalysisResult[],
): Readonly<Record<string, SeenName>> {
  const addresses = new Set(groups.flatMap(({ client, serverAddress }) => [client, serverAddress]));
  const entries = [...addresses].flatMap((address): [string, SeenName][] => {
    const seen = results.find((result) => result.seenNames.has(address))?.seenNames.get(address);
    return seen === undefined || Object.hasOwn(known, address) ? [] : [[address, seen]];
  });
  return Object.fromEntries(entries);
}

const SEVERITY_ORDER = { error: 0, warning: 1, info: 2 } as const;

/** Worst first; within a severity the order of the captures and of their findings stays. */
function sortFindings(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity]);
}
