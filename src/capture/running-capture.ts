import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { ApiError } from '../kube/kube-api.ts';
import { findCaptureProblems, killedStatus } from './capture-problems.ts';
import { addCounters, noCounters } from './counters.ts';
import type { CaptureEnd, CaptureOptions, CaptureSink, RunningCapture, StopReason } from './capture-run.ts';
import type { DebugContainer } from './debug-container.ts';
import { isPlaceLost } from './lost-place.ts';
import { countRecords } from './pcap-records.ts';
import { startSegment } from './segment.ts';
import type { Segment, SegmentEnd } from './segment.ts';
import type { TcpdumpCounters } from './tcpdump-output.ts';

/** More than this beyond `maxBytes` comes from a far side that does not stop. */
const overrunBytes = 64 * 1024 * 1024;
/** Waits before the attempts to take up a capture that was cut; the last one again and again until its time is over. */
const retryDelaysMs: readonly number[] = [100, 500, 1000, 2000, 4000];
/** A line on which every start is cut again must not fill the container with programs. */
const maxCuts = 20;
/** Less than this is not worth a new start. */
const minRemainingMs = 1000;
/** So long after its time a far side that has not ended is told to; the same again, and it is left. */
const lateMs = 5000;

/**
 * Starts tcpdump in the container and resolves once it listens. If the connection is cut, the
 * capture is taken up again and the gap is named. Throws UserError or ApiError if it does not start.
 */
export async function startCapture(
  api: KubeConnection,
  container: DebugContainer,
  options: CaptureOptions,
  sink: CaptureSink,
): Promise<RunningCapture> {
  const run = new CaptureRun(api, container, options, sink);
  await run.begin();
  const done = run.follow();
  // Whoever awaits `done` gets the sink's error; until then it must not count as unhandled.
  done.catch(() => undefined);
  return {
    listening: run.listening,
    stop: (reason = 'interrupted') => run.stop(reason),
    refilter: (filter) => run.refilter(filter),
    abandon: () => run.abandon(),
    isHeldBack: () => run.heldBack > 0,
    progress: () => ({ packets: run.records.packets(), bytes: run.bytes }),
    done,
  };
}

class CaptureRun {
  readonly records = countRecords();
  bytes = 0;
  heldBack = 0;
  listening = '';
  readonly #api: KubeConnection;
  readonly #container: DebugContainer;
  readonly #options: CaptureOptions;
  readonly #sink: CaptureSink;
  readonly #gaps: string[] = [];
  #filter: readonly string[];
  #isRefiltering = false;
  #segment: Segment | undefined;
  #endsAtMs = 0;
  /** The far side counts its time from its own start, which a slow line tells late: it may be over from here on. */
  #farEndMs = 0;
  /** A dead connection is noticed late: what was sent after this is lost. */
  #lastDataAt = new Date();
  #stopReason: StopReason | undefined;
  readonly #stopped = Promise.withResolvers<void>();
  #isAbandoned = false;
  #counters: TcpdumpCounters | undefined;

  constructor(api: KubeConnection, container: DebugContainer, options: CaptureOptions, sink: CaptureSink) {
    this.#api = api;
    this.#container = container;
    this.#options = options;
    this.#sink = sink;
    this.#filter = options.filter;
  }

  async begin(): Promise<void> {
    await this.#startSegment(this.#options.durationMs);
    this.#endsAtMs = performance.now() + this.#options.durationMs;
  }

  stop(reason: StopReason): void {
    if (this.#stopReason !== undefined) return;
    this.#stopReason = reason;
    this.#stopped.resolve();
    this.#segment?.stop();
  }

  refilter(filter: readonly string[]): void {
    this.#filter = filter;
    if (this.#stopReason !== undefined) return;
    this.#isRefiltering = true;
    this.#segment?.stop();
  }

  abandon(): void {
    this.#stopReason ??= 'interrupted';
    this.#stopped.resolve();
    this.#isAbandoned = true;
    this.#segment?.terminate();
  }

  async follow(): Promise<CaptureEnd> {
    for (let cuts = 0; ; cuts += 1) {
      const ended = await this.#awaitSegment();
      this.#counters = addCounters(this.#counters, ended.output.counters());
      const { end, output } = ended;
      if (this.#isRefiltering && output.exitStatus() !== undefined) {
        this.#isRefiltering = false;
        if (await this.#resume('The capture was restarted', 'another filter', new Date())) continue;
      }
      if (output.exitStatus() !== undefined) return this.#summarise(ended);
      if (end.kind === 'exited' && end.exitCode === killedStatus)
        return this.#cutEnd('The debug container was ended during the capture');
      // A kubelet that dies is told as success; the far side never ends without its trailer.
      const why = end.kind === 'exited' ? 'the server reports an end, tcpdump none' : end.message;
      const mayGoOn = this.#stopReason === undefined && cuts < maxCuts;
      if (!mayGoOn || !(await this.#resume('The connection was cut', why, this.#lastDataAt)))
        return this.#cutEnd(`The connection was cut (${why})`);
    }
  }

  async #startSegment(durationMs: number): Promise<void> {
    const { count } = this.#options;
    const remaining = count === undefined ? undefined : Math.max(1, count - (this.records.packets() ?? 0));
    const options = { ...this.#options, filter: this.#filter, count: remaining };
    this.#farEndMs = performance.now() + durationMs;
    this.#segment = await startSegment(this.#api, this.#container, durationMs / 1000, options, (chunk) =>
      this.#deliver(chunk),
    );
    this.listening = this.#segment.listening;
    this.#lastDataAt = new Date();
    // The first packets may have come, and a stop with them, before the segment was known.
    if (this.#isAbandoned) this.#segment.terminate();
    else if (this.#stopReason !== undefined) this.#segment.stop();
  }

  #deliver(chunk: Buffer): void | Promise<void> {
    this.#lastDataAt = new Date();
    const waits: Promise<void>[] = [];
    for (const piece of this.records.push(chunk)) {
      this.bytes += piece.length;
      const pending = this.#sink.write(piece);
      if (pending !== undefined) waits.push(this.#hold(pending));
    }
    if (this.bytes >= this.#options.maxBytes) this.stop('max-bytes');
    if (this.bytes >= this.#options.maxBytes + overrunBytes) this.#segment?.terminate();
    const pause = this.#options.pace(chunk.length);
    // What is on its way at the end is taken as fast as it comes.
    const isOver = this.#endsAtMs !== 0 && performance.now() > this.#endsAtMs;
    if (pause !== undefined && this.#stopReason === undefined && !isOver) waits.push(pause);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }

  async #hold(pending: Promise<void>): Promise<void> {
    this.heldBack += 1;
    try {
      await pending;
    } finally {
      this.heldBack -= 1;
    }
  }

  /** The far side ends by itself; one that does not is told to, and left in the end. Not while we hold it back. */
  async #awaitSegment(): Promise<SegmentEnd> {
    const segment = this.#segment;
    if (segment === undefined) throw new Error('no segment was started');
    let lateSteps = 0;
    let lastBytes = -1;
    const timer = setInterval(() => {
      const isFlowing = this.bytes !== lastBytes;
      lastBytes = this.bytes;
      if (isFlowing || this.heldBack > 0 || performance.now() < this.#endsAtMs + lateMs) return;
      lateSteps += 1;
      if (lateSteps === 1) segment.stop();
      if (lateSteps === 3) segment.terminate();
    }, lateMs);
    try {
      return await segment.done;
    } finally {
      clearInterval(timer);
    }
  }

  /** Starts tcpdump again; what came after `since` is lost. False: time over, stopped, or its place gone. */
  async #resume(what: string, why: string, since: Date): Promise<boolean> {
    for (let attempt = 0; ; attempt += 1) {
      const delayMs = retryDelaysMs[Math.min(attempt, retryDelaysMs.length - 1)];
      await Promise.race([sleep(delayMs), this.#stopped.promise]);
      const remainingMs = this.#endsAtMs - performance.now();
      if (this.#stopReason !== undefined || remainingMs < minRemainingMs) return false;
      this.records.restart();
      try {
        await this.#startSegment(remainingMs);
        const gapS = ((Date.now() - since.getTime()) / 1000).toFixed(1);
        this.#gaps.push(
          `${what} after ${since.toISOString()} (${why}) and taken up again ${gapS} s later: packets in between are missing.`,
        );
        return true;
      } catch (error) {
        // Another attempt may succeed; a failure for good ends the capture as cut, which is reported.
        if (!(error instanceof ApiError || error instanceof UserError)) throw error;
        if (isPlaceLost(error)) return false;
      }
    }
  }

  #summarise(ended: SegmentEnd): CaptureEnd {
    const { count } = this.#options;
    const packets = this.records.packets();
    const exitStatus = ended.output.exitStatus() ?? null;
    const counters = this.#counters ?? noCounters;
    const isCounted = count !== undefined && packets !== null && packets >= count;
    const isOver = performance.now() > this.#farEndMs - minRemainingMs;
    const byItself = isCounted ? 'count' : isOver ? 'duration' : 'cut';
    const problems = [
      ...this.#gaps,
      ...findCaptureProblems({ counters, packets, exitStatus, messages: ended.output.messages() }),
    ];
    if (this.#stopReason === undefined && byItself === 'cut')
      problems.push(
        `tcpdump ended before its time: ${ended.output.messages().at(-1) ?? 'it gave no reason'}`,
      );
    return {
      ended: this.#stopReason ?? byItself,
      packets,
      bytes: this.bytes,
      exitStatus,
      counters,
      problems,
    };
  }

  /** `what` cut it off. */
  #cutEnd(what: string): CaptureEnd {
    const sentence = this.#isAbandoned
      ? 'The capture was left before its last packets had arrived.'
      : `${what}: what came after ${this.#lastDataAt.toISOString()} is missing.`;
    return {
      ended: this.#stopReason ?? 'cut',
      packets: this.records.packets(),
      bytes: this.bytes,
      exitStatus: null,
      counters: noCounters,
      problems: [...this.#gaps, sentence],
    };
  }
}
