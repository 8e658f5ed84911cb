import type { Plan } from '../capture/ladder.ts';
import { placeName } from '../capture/node-pod.ts';
import type { Facts } from '../cluster/facts.ts';
import { inabilityIn } from '../explain/image-cannot-capture.ts';
import { ApiError } from '../kube/kube-api.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { thousands } from '../report/amounts.ts';
import { plainText } from '../report/plain-text.ts';
import { attachedNetworks } from '../target/attached-networks.ts';
import type { Place } from '../target/place.ts';
import { type Watched, watchCaptures } from './capture-watch.ts';
import { findingLine } from './finding-line.ts';
import { type Interrupts, leftBeforeReport, unlessInterrupted, unlessStopped } from './interrupts.ts';
import { type FactsReading, readFactsMeanwhile } from './trace-facts.ts';
import type { TraceFiles } from './trace-files.ts';
import { followPods } from './trace-follow.ts';
import type { TraceOptions } from './trace-options.ts';
import { withNodeNetworks } from './trace-read-nodes.ts';
import { refreshPeers } from './trace-peer.ts';
import { enterPlaces, planPlaces, type PlaceStep, throwIfNone } from './trace-place.ts';
import type { PointResult, TracePoint } from './trace-point.ts';
import { MAX_POINTS, TraceRun } from './trace-run.ts';
import { UntilFinding } from './trace-until.ts';
import type { TraceScope } from './trace-scope.ts';

/** What all captures of a trace gave, and what the cluster said meanwhile. */
export interface Captured {
  readonly points: readonly TracePoint[];
  readonly results: readonly PointResult[];
  readonly facts: Facts;
}

/** How often it is looked whether captures that ended early have successors. */
const RECHECK_MS = 1000;
/** News are asked for once a second; a SYN without an answer is called so after 3 s, a stretch must be longer by far. */
const STRETCH_LOOKS = 10;

/** From the first debug container to the last packet. Disposing of it removes what can be removed. */
export class TraceSession implements AsyncDisposable {
  readonly run: TraceRun;
  readonly #api: KubeConnection;
  readonly #options: TraceOptions;
  readonly #scope: TraceScope;
  readonly #interrupts: Interrupts;
  readonly #io: Io;
  readonly #entered = new AsyncDisposableStack();
  readonly #isOneOnly: boolean;
  /** What is to be said when the live view has room for it. */
  #news: string[] = [];
  #looks = 0;
  /** The finding that ends the trace. */
  readonly until: UntilFinding;
  readonly #gone = new Set<TracePoint>();

  constructor(
    api: KubeConnection,
    options: TraceOptions,
    scope: TraceScope,
    files: TraceFiles,
    interrupts: Interrupts,
    io: Io,
  ) {
    this.run = new TraceRun(api, options, files);
    this.until = new UntilFinding(options.until, () => this.run.stop('until'), io);
    this.#api = api;
    this.#options = options;
    this.#scope = scope;
    this.#interrupts = interrupts;
    this.#io = io;
    this.#isOneOnly = files.isOneOnly;
  }

  /** Enters the places and begins to capture; resolves when all listen. Throws if nothing can be captured anywhere. */
  async begin(plans: readonly PlaceStep<Plan>[]): Promise<void> {
    await this.#take(plans, (line) => void this.#io.stderr.write(`${plainText(line)}\n`));
    const { points } = this.run;
    const [first] = points;
    if (first?.error !== undefined && points.every(({ error }) => error !== undefined)) {
      // What is wrong with the image is told as a cause, with its page; then the report is that of empty captures.
      if (points.every(({ error }) => inabilityIn(error?.message ?? '') !== undefined)) return;
      throw first.error;
    }
    const [where, them] =
      points.length === 1 && first !== undefined
        ? [`on ${first.interfaceName} of ${first.placeName}`, 'it']
        : [`at ${points.filter(({ error }) => error === undefined).length} places`, 'them'];
    await this.#io.stderr.write(
      `Capturing ${plainText(where)} for ${seconds(this.#options.durationMs)}: let it happen now; Ctrl-C ends ${them} early.\n`,
    );
  }

  /** Waits for the end of all captures, takes in pods that come meanwhile, and judges each capture. */
  async finish(): Promise<Captured> {
    const over = new AbortController();
    const reading = readFactsMeanwhile(
      this.#api,
      this.run,
      this.#io,
      AbortSignal.any([over.signal, this.run.stopped]),
    );
    await watchCaptures(this.#watched(this.#untilEnded()), this.#interrupts, this.#io);
    over.abort();
    return await unlessInterrupted(this.#interrupts, this.#judged(reading), leftBeforeReport);
  }

  async #judged(reading: FactsReading): Promise<Captured> {
    const results: PointResult[] = [];
    for (const point of this.run.points) {
      if (this.#options.isVerbose) await this.#io.stderr.write(`${point.countersText()}\n`);
      results.push(
        await point.finish(this.#api, {
          // A filter may let one direction pass and not the other.
          bothDirections: this.#options.filter.length === 0 && this.#options.direction === undefined,
          image: this.#options.image,
        }),
      );
    }
    this.run.freeMemory();
    const [read, podNetworks] = await Promise.all([
      reading.finish(results.map(({ result }) => result)),
      this.run.podNetworks.read(),
    ]);
    const facts = podNetworks.length === 0 ? read : { ...read, podNetworks };
    return { points: this.run.points, results, facts: await this.#withNodes(facts, results) };
  }

  async #withNodes(facts: Facts, results: readonly PointResult[]): Promise<Facts> {
    if (!this.#options.readsNodes) return facts;
    const findings = results.flatMap(({ result }) => result.findings);
    const leaving = new AbortController();
    using stack = new DisposableStack();
    stack.defer(this.#interrupts.onNext(() => leaving.abort()));
    const reading = withNodeNetworks(this.#api, facts, findings, this.#options, this.#io, leaving.signal);
    // Who leaves meanwhile waits until the pods on the nodes are deleted.
    this.#entered.defer(async () => void (await reading.catch(() => undefined)));
    return await reading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run[Symbol.asyncDispose]();
    await this.#entered.disposeAsync();
  }

  async #take(plans: readonly PlaceStep<Plan>[], say: (line: string) => void): Promise<void> {
    const { steps } = this.#entered.use(
      await enterPlaces(this.#api, plans, this.#options, this.#scope, say, this.#interrupts),
    );
    if (this.run.points.length === 0) throwIfNone(steps);
    for (const step of steps) if (step.error !== undefined) say(`left out: ${step.error.message}`);
    for (const step of steps) {
      const hint =
        step.error === undefined ? furtherInterfaces(step.place, step.value.interfaces.others) : '';
      if (hint !== '') say(hint);
    }
    // A pipe may wait for its reader.
    await unlessStopped(this.#interrupts, this.run.begin(steps));
  }

  async #untilEnded(): Promise<void> {
    const over = new AbortController();
    const { follow, places } = this.#scope;
    const request = this.#isOneOnly ? undefined : follow;
    const join = async (fresh: readonly Place[]): Promise<void> => await this.#join(fresh);
    const following =
      request === undefined
        ? Promise.resolve()
        : followPods(this.#api, { request, known: places, join }, this.#io, over.signal);
    const ended = this.#allEnded(request !== undefined).finally(() => over.abort());
    const refreshing = refreshPeers(
      this.#api,
      this.run,
      this.#options.filter,
      (line) => void this.#news.push(plainText(line)),
      this.#io,
      over.signal,
    );
    await Promise.all([ended, following, refreshing]);
    // One that joined at the last moment.
    await this.run.allEnded();
  }

  /** While pods are followed, the captures of pods that went may have successors until the deadline. */
  async #allEnded(isFollowing: boolean): Promise<void> {
    await this.run.allEnded();
    while (isFollowing && this.run.mayGoOn()) {
      await this.#io.sleep(RECHECK_MS, this.run.stopped);
      await this.run.allEnded();
    }
  }

  /** Pods that came while the others are captured. */
  async #join(places: readonly Place[]): Promise<void> {
    const say = (line: string): void => void this.#news.push(plainText(line));
    if (this.run.points.length + places.length > MAX_POINTS) {
      say(`${places.length} new pods are not captured: a trace has ${MAX_POINTS} captures at most`);
      return;
    }
    try {
      const plans = await planPlaces(this.#api, places, this.#options, this.#interrupts);
      await this.#take(plans, say);
      for (const { placeName: name } of this.run.points.slice(-places.length))
        say(`${name} has come up and joins`);
    } catch (error) {
      // Interrupted: those that run are analysed.
      if (!this.#interrupts.stop.aborted) throw error;
      if (!(error instanceof UserError || error instanceof ApiError)) throw error;
    }
  }

  /** Captures that have ended while others are to go on, each once. */
  #left(): string[] {
    const { run } = this;
    if (run.stopped.aborted || run.remainingMs <= 0) return [];
    const ended = run.points.filter((point) => point.end?.ended === 'cut' && !this.#gone.has(point));
    for (const point of ended) this.#gone.add(point);
    return ended.map(({ source }) => `${source.vantagePoint} has ended before its time; what it has is kept`);
  }

  /** Findings that came up since the last time, each a line. */
  #findings(): string[] {
    const { points } = this.run;
    return points.flatMap((point) => {
      const where = points.length === 1 ? '' : ` (${point.source.vantagePoint})`;
      const findings = point.newFindings();
      const met = this.until.take(findings);
      return [...findings.map((finding) => `${findingLine(finding)}${where}`), ...(met === '' ? [] : [met])];
    });
  }

  #watched(done: Promise<void>): Watched {
    const { run } = this;
    return {
      points: () => run.points.map((point) => point.progress()),
      done,
      stop: () => run.stop('interrupted'),
      abandon: () => run.abandon(),
      isHeldBack: () => run.isHeldBack(),
      news: () => {
        this.#looks += 1;
        const found = this.#looks % STRETCH_LOOKS === 0 ? this.#findings() : [];
        const said = [...this.#news, ...this.#left(), ...found];
        this.#news = [];
        return said;
      },
    };
  }
}

/** "pod/shop/x has further interfaces: net1 (shop/storage); -i all captures each of them". */
function furtherInterfaces(place: Place, others: readonly string[]): string {
  if (others.length === 0 || place.kind === 'node' || place.pod.spec?.hostNetwork === true) return '';
  const networks = attachedNetworks(place.pod);
  const named = others.map((name) => (networks.has(name) ? `${name} (${networks.get(name) ?? ''})` : name));
  return `${placeName(place)} has further interfaces: ${named.join(', ')}; -i all captures each of them`;
}

function seconds(ms: number): string {
  if (ms < 120_000) return `${thousands(ms / 1000)} s`;
  return `${thousands(ms / 60_000)} min`;
}
