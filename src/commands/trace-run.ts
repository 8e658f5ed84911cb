import { readResolver } from '../capture/container-facts.ts';
import { defaults } from '../capture/defaults.ts';
import { placeName } from '../capture/node-pod.ts';
import { createPace, type Pace } from '../capture/pace.ts';
import type { CaptureOptions, StopReason } from '../capture/capture-run.ts';
import type { ResolverFacts } from '../cluster/facts.ts';
import { UserError } from '../errors.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { ApiError } from '../kube/kube-api.ts';
import { LiveFindings } from '../live-findings.ts';
import { Analysis } from '../pipeline.ts';
import { bufferCollector } from './free-buffers.ts';
import { hashSeed } from './hash-seed.ts';
import type { TraceFiles } from './trace-files.ts';
import type { TraceOptions } from './trace-options.ts';
import { PodNetworks } from './trace-pod-networks.ts';
import type { ResolvedPeer } from './trace-peer.ts';
import type { PlaceStep, PreparedPlace } from './trace-place.ts';
import { TracePoint } from './trace-point.ts';

/** Most captures in one trace: as many as a bundle holds. */
export const MAX_POINTS = 60;
/** With more captures nobody looks at each finding as it comes up, and the memory is for the report. */
const MAX_LIVE_SHARE = 20;
/** What is only shown early gets this part of the memory at most. */
const LIVE_SHARE = 8;
/** Less than this is not worth a capture. */
const MIN_REMAINING_MS = 1000;

/** A place whose captures keep the traffic with a peer only. */
export interface NarrowedPlace extends Pick<PreparedPlace, 'container'> {
  readonly peer: ResolvedPeer;
  readonly points: readonly TracePoint[];
}

/** The captures of one trace: they share a deadline, the bytes and the memory. Owns them until each is finished. */
export class TraceRun implements AsyncDisposable {
  /** In the order of the report. */
  readonly points: TracePoint[] = [];
  /** Captures that are narrowed to a peer, by their place. */
  readonly narrowed: NarrowedPlace[] = [];
  /** The resolver of the first place whose own could be read. */
  resolver: ResolverFacts | null = null;
  readonly podNetworks: PodNetworks;
  readonly #api: KubeConnection;
  readonly #options: TraceOptions;
  readonly #files: TraceFiles;
  readonly #pace: Pace;
  /** Captures that share the memory: those of the beginning, and as many again. */
  #share = 1;
  /** For several captures only: one alone stays below what V8 lets gather. */
  #freeBuffers: ((lengthBytes: number) => void) | undefined;
  #bytes = 0;
  #endsAtMs = 0;
  readonly #stopped = new AbortController();
  #stopReason: StopReason | undefined;

  constructor(api: KubeConnection, options: TraceOptions, files: TraceFiles) {
    this.#api = api;
    this.podNetworks = new PodNetworks(api);
    this.#options = options;
    this.#files = files;
    this.#pace = createPace(options.bytesPerSecond);
  }

  /** Aborted when the captures are told to end before their time. */
  get stopped(): AbortSignal {
    return this.#stopped.signal;
  }

  /** Time until the common deadline. */
  get remainingMs(): number {
    return this.#endsAtMs - performance.now();
  }

  /**
   * Begins the captures of some places, each of its interfaces one; resolves when all listen. Places
   * that failed stand in the report as such.
   */
  async begin(steps: readonly PlaceStep<PreparedPlace>[]): Promise<void> {
    const starts: (() => Promise<void>)[] = [];
    const before = this.points.length;
    const count = steps.reduce(
      (sum, step) => sum + (step.error === undefined ? step.value.interfaces.chosen.length : 1),
      0,
    );
    if (this.points.length === 0) this.#share = count === 1 ? 1 : 2 * count;
    for (const step of steps) {
      for (const [point, options] of await this.#open(step)) {
        if (step.error !== undefined) await point.fail(step.error);
        else
          starts.push(
            async () =>
              await point.start(this.#api, step.value.container, options, (bytes) => this.#count(bytes)),
          );
      }
    }
    if (this.points.length > 1) this.#freeBuffers ??= bufferCollector();
    const isFirst = this.#endsAtMs === 0;
    if (isFirst) this.#endsAtMs = performance.now() + this.#options.durationMs;
    await Promise.all([
      ...starts.map(async (start) => await start()),
      this.#readResolver(steps),
      ...steps.map(async (step) => {
        if (step.error === undefined) await this.podNetworks.begin(step.place, step.value.container);
      }),
    ]);
    // From when on all listen.
    if (isFirst) this.#endsAtMs = performance.now() + this.#options.durationMs;
    if (this.#stopReason !== undefined) this.stop(this.#stopReason);
    const begun = this.points.slice(before);
    for (const step of steps) {
      if (step.error !== undefined || step.value.peer === undefined) continue;
      const points = begun.filter(({ place }) => place === step.place);
      this.narrowed.push({ ...step.value, peer: step.value.peer, points });
    }
  }

  /** Ends all captures; what they have is drained. */
  stop(reason: StopReason): void {
    this.#stopReason ??= reason;
    this.#stopped.abort();
    for (const { running } of this.points) running?.stop(reason);
  }

  /** Leaves all captures at once. */
  abandon(): void {
    this.#stopReason ??= 'interrupted';
    this.#stopped.abort();
    for (const { running } of this.points) running?.abandon();
  }

  /** Has V8 free what the captures held. */
  freeMemory(): void {
    this.#freeBuffers?.(Infinity);
  }

  /** Waits until every capture has ended, those included that join meanwhile. Rejects with a file's own error. */
  async allEnded(): Promise<void> {
    for (let count = -1; count !== this.points.length;) {
      count = this.points.length;
      await Promise.all(this.points.map(({ done }) => done));
    }
  }

  /** Whether a capture was cut before its time, so that another one may take its place. */
  mayGoOn(): boolean {
    const isCut = this.points.some(({ end }) => end === undefined || end.ended === 'cut');
    return isCut && !this.stopped.aborted && this.remainingMs > MIN_REMAINING_MS;
  }

  isHeldBack(): boolean {
    return this.points.some(({ running }) => running?.isHeldBack() === true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.abandon();
    for (const { store } of this.points) await store[Symbol.asyncDispose]();
  }

  async #open(step: PlaceStep<PreparedPlace>): Promise<(readonly [TracePoint, CaptureOptions])[]> {
    const names = step.error === undefined ? step.value.interfaces.chosen : [''];
    const opened: (readonly [TracePoint, CaptureOptions])[] = [];
    for (const interfaceName of names) {
      const index = this.points.length;
      const vantagePoint = `${placeName(step.place)} ${interfaceName}`.trim();
      const { node, addresses, container } = originOf(step);
      const source = { vantagePoint, node, addresses, container };
      const store = await this.#files.open(index, vantagePoint);
      const analysis = new Analysis(source, index, hashSeed(), this.#share);
      const point = new TracePoint(step.place, interfaceName, source, store, analysis);
      if ((!this.#options.quiet && this.#share <= MAX_LIVE_SHARE) || this.#options.until !== undefined)
        point.live = new LiveFindings(hashSeed(), Math.max(LIVE_SHARE, this.#share * 2));
      this.points.push(point);
      opened.push([
        point,
        this.#captureOptions(interfaceName, step.error === undefined ? step.value.filter : []),
      ]);
    }
    return opened;
  }

  #captureOptions(interfaceName: string, filter: readonly string[]): CaptureOptions {
    const { snapLengthBytes, count, maxBytes, direction, durationMs } = this.#options;
    return {
      interfaceName,
      snapLengthBytes,
      count,
      filter,
      direction,
      kernelBufferKib: defaults.kernelBufferKib.value,
      durationMs: this.#endsAtMs === 0 ? durationMs : Math.max(MIN_REMAINING_MS, this.remainingMs),
      maxBytes,
      pace: this.#pace,
    };
  }

  #count(lengthBytes: number): void {
    this.#bytes += lengthBytes;
    this.#freeBuffers?.(lengthBytes);
    if (this.#bytes >= this.#options.maxBytes) this.stop('max-bytes');
  }

  async #readResolver(steps: readonly PlaceStep<PreparedPlace>[]): Promise<void> {
    const first = steps.find((step) => step.error === undefined);
    if (this.resolver !== null || first?.value === undefined) return;
    try {
      this.resolver = await readResolver(this.#api, first.value.container);
    } catch (error) {
      // The report then says that it could not be read.
      if (!(error instanceof UserError || error instanceof ApiError)) throw error;
    }
  }
}

function originOf(step: PlaceStep<PreparedPlace>): {
  readonly node: string;
  readonly addresses: readonly string[];
  readonly container: string;
} {
  if (step.error === undefined) return step.value.container;
  const { place } = step;
  if (place.kind === 'node') return { node: place.node.metadata.name, addresses: [], container: '' };
  const { spec, status } = place.pod;
  const addresses = (status?.podIPs ?? []).flatMap(({ ip }) => (ip === undefined ? [] : [ip]));
  return { node: spec?.nodeName ?? '', addresses, container: '' };
}
