import type { CaptureOrigin } from '../bundle/bundle.ts';
import type { DebugContainer } from '../capture/debug-container.ts';
import { noCounters } from '../capture/counters.ts';
import { placeName } from '../capture/node-pod.ts';
import type { CaptureEnd, CaptureOptions, RunningCapture } from '../capture/capture-run.ts';
import { startCapture } from '../capture/running-capture.ts';
import type { Finding } from '../detect/finding.ts';
import { UserError } from '../errors.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { LiveFindings } from '../live-findings.ts';
import type { Analysis, AnalysisResult, AnalysisSource } from '../pipeline.ts';
import { isOneOfMany } from '../target/find-places.ts';
import type { Place } from '../target/place.ts';
import { type CaptureStore, ReaderGoneError } from './capture-store.ts';
import type { WatchedPoint } from './capture-watch.ts';
import { podChanges, type PodState, podState } from './pod-changes.ts';

/** What the report is told of a capture beyond its packets. */
export interface PointOptions {
  /** Whether both directions are captured for certain. */
  readonly bothDirections: boolean;
  readonly image: string;
}

/** What one capture gave. */
export interface PointResult {
  readonly result: AnalysisResult;
  /** What the analysis was told about the capture. */
  readonly origin: CaptureOrigin;
}

/** One capture of a trace: a vantage point with its file and its analysis. Owns both until {@link finish}. */
export class TracePoint {
  readonly place: Place;
  /** Empty if nothing could be captured. */
  readonly interfaceName: string;
  readonly source: AnalysisSource;
  readonly store: CaptureStore;
  #analysis: Analysis | undefined;
  /** How it ended; pending until then. Rejects only with the file's own error, such as a full disk. */
  readonly done: Promise<void>;
  /** What is seen so far; undefined: nobody looks. */
  live: LiveFindings | undefined;
  running: RunningCapture | undefined;
  #found = 0;
  end: CaptureEnd | undefined;
  /** Why nothing could be captured here; undefined: it could. */
  error: UserError | ApiError | undefined;
  readonly #before: PodState | undefined;
  readonly #settle: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(
    place: Place,
    interfaceName: string,
    source: AnalysisSource,
    store: CaptureStore,
    analysis: Analysis,
  ) {
    this.place = place;
    this.interfaceName = interfaceName;
    this.source = source;
    this.store = store;
    this.#analysis = analysis;
    this.done = this.#settle.promise;
    // Whoever awaits it hears of it.
    this.done.catch(() => undefined);
    this.#before = place.kind === 'pod' ? podState(place.pod) : undefined;
  }

  /** "pod/shop/checkout". */
  get placeName(): string {
    return placeName(this.place);
  }

  /** What has arrived so far. */
  progress(): WatchedPoint {
    const { packets, bytes } = this.running?.progress() ?? { packets: 0, bytes: 0 };
    const isRunning = this.running !== undefined && this.end === undefined;
    const name = this.source.vantagePoint;
    return {
      name,
      isRunning,
      packets: packets ?? this.#analysis?.packets ?? 0,
      bytes,
      findings: this.#found,
    };
  }

  /** What came up since the last look. */
  newFindings(): readonly Finding[] {
    const findings = this.live?.next() ?? [];
    this.#found += findings.length;
    return findings;
  }

  /** tcpdump's own counters, for whoever wants to compare. */
  countersText(): string {
    const { captured, receivedByFilter, droppedByKernel } = this.end?.counters ?? noCounters;
    const shown = (count: number | null): string => count?.toString() ?? 'unknown';
    return `${this.source.vantagePoint}: tcpdump counted ${shown(captured)} captured, ${shown(receivedByFilter)} received by the filter, ${shown(droppedByKernel)} dropped by the kernel`;
  }

  /**
   * Starts tcpdump and resolves once it listens; `onBytes` hears of what arrives. A place that fails
   * is told as such in the report: this does not throw UserError and ApiError.
   */
  async start(
    api: KubeConnection,
    container: DebugContainer,
    options: CaptureOptions,
    onBytes: (lengthBytes: number) => void,
  ): Promise<void> {
    const sink = {
      // To the disk first: what was written can be analysed again.
      write: async (chunk: Buffer): Promise<void> => {
        await this.store.write(chunk);
        this.#analysis?.write(chunk);
        this.live?.write(chunk);
        onBytes(chunk.length);
      },
    };
    try {
      this.running = await startCapture(api, container, options, sink);
      this.running.done.catch(endOfReader).then((end) => {
        this.end = end;
        this.#settle.resolve();
      }, this.#settle.reject);
    } catch (error) {
      await this.fail(error);
    }
  }

  /** Notes that nothing can be captured here. Rethrows what is neither UserError nor ApiError. */
  async fail(error: unknown): Promise<void> {
    if (!(error instanceof UserError || error instanceof ApiError)) throw error;
    this.error = error;
    await this.store.write(emptyCapture());
    this.#analysis?.write(emptyCapture());
    this.#settle.resolve();
  }

  /** Closes the file, judges the capture and lets its memory go; once only. */
  async finish(api: KubeConnection, options: PointOptions): Promise<PointResult> {
    await this.store.close();
    const ended = this.end ?? {
      ended: 'failed',
      counters: noCounters,
      problems: [`nothing was captured here: ${this.error?.message ?? ''}`],
    };
    // What became of the pod explains the rest.
    const changes = this.#before === undefined ? undefined : await podChanges(api, this.#before);
    // Of many pods some end, and nothing comes from them later that could be missing; one that was named itself
    // is missed. The last problem says only that it broke off.
    const hasBroken = ended.ended === 'cut' || ended.ended === 'failed';
    const hasLeft = changes?.isGone === true && hasBroken && isOneOfMany(this.place);
    const origin = {
      ...this.source,
      dropped: ended.counters.droppedByKernel,
      ended: hasLeft ? 'pod-deleted' : ended.ended,
      problems: hasLeft ? ended.problems.slice(0, -1) : [...(changes?.sentences ?? []), ...ended.problems],
      ...options,
    };
    const analysis = this.#analysis;
    if (analysis === undefined) throw new Error('a capture is judged once');
    this.#analysis = undefined;
    this.live = undefined;
    return { result: analysis.end(origin), origin };
  }
}

/** Wireshark was closed: the capture ends like one that was interrupted. */
function endOfReader(error: unknown): CaptureEnd {
  if (!(error instanceof ReaderGoneError)) throw error;
  return {
    ended: 'interrupted',
    packets: null,
    bytes: 0,
    exitStatus: null,
    counters: noCounters,
    problems: [],
  };
}

/** A pcap file without a packet (draft-ietf-opsawg-pcap §4), Ethernet. */
function emptyCapture(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(1, 20);
  return header;
}
