/** Most different events that one group keeps apart. */
const MAX_EVENTS = 256;

/** Values that describe an event: status, host, alert, version … */
export type EventFields = Readonly<Record<string, string | number>>;

/** A bounded sample of durations in nanoseconds. */
export interface DurationSample {
  add(durationNs: number): void;
  /** What this share of the sample (0 to 1) does not exceed, in milliseconds; null if nothing was added. */
  quantileMs(share: number): number | null;
}

/** One kind of thing that was said in the conversations of a group, with how often and when. */
export class ApplicationEvent {
  /** Such as "tls-alert", "http-response". */
  readonly kind: string;
  readonly fields: EventFields;
  count = 0;
  firstNs: number = Number.POSITIVE_INFINITY;
  lastNs: number = Number.NEGATIVE_INFINITY;
  /** Evidence, at most 12 frame numbers. */
  readonly frames: number[] = [];
  /** Longest and summed duration in nanoseconds, of those that had one. */
  longestNs = 0;
  totalNs = 0;
  timed = 0;
  /** A sample of those durations; undefined: there was none, or no more room for samples. */
  durations: DurationSample | undefined;

  constructor(kind: string, fields: EventFields) {
    this.kind = kind;
    this.fields = fields;
  }
}

/** Nothing was said. */
const NO_EVENTS: ReadonlyMap<string, ApplicationEvent> = new Map();

/** The events of all conversations of one group, bounded. */
export class ApplicationEvents {
  /** Empty and shared until something is said. */
  all: ReadonlyMap<string, ApplicationEvent> = NO_EVENTS;
  #own: Map<string, ApplicationEvent> | undefined;
  readonly #newSample: () => DurationSample | undefined;

  /** `newSample` gives each event that has durations its sample; undefined once there is no more room for one. */
  constructor(newSample: () => DurationSample | undefined) {
    this.#newSample = newSample;
  }

  /**
   * Counts an event between two times. Events with the same kind and fields are one; beyond the bound they are
   * counted under their kind alone. `durationNs` is how long it took, NaN if that has no meaning.
   */
  note(
    kind: string,
    fields: EventFields,
    fromNs: number,
    toNs: number,
    frame1: number,
    frame2 = 0,
    durationNs: number = Number.NaN,
  ): void {
    const event = this.#of(kind, fields);
    event.count++;
    if (fromNs < event.firstNs) event.firstNs = fromNs;
    if (toNs > event.lastNs) event.lastNs = toNs;
    for (const frame of [frame1, frame2]) {
      if (frame !== 0 && event.frames.length < 12 && !event.frames.includes(frame)) event.frames.push(frame);
    }
    if (Number.isNaN(durationNs)) return;
    if (event.timed === 0) event.durations = this.#newSample();
    event.durations?.add(durationNs);
    event.timed++;
    event.totalNs += durationNs;
    if (durationNs > event.longestNs) event.longestNs = durationNs;
  }

  /** The events of one kind. */
  ofKind(kind: string): ApplicationEvent[] {
    return [...this.all.values()].filter((event) => event.kind === kind);
  }

  #add(key: string, event: ApplicationEvent): void {
    this.#own ??= new Map();
    this.#own.set(key, event);
    this.all = this.#own;
  }

  #of(kind: string, fields: EventFields): ApplicationEvent {
    let key = kind;
    for (const name in fields) key += `\u0000${name}=${String(fields[name])}`;
    const known = this.all.get(key);
    if (known !== undefined) return known;
    if (this.all.size >= MAX_EVENTS) return this.#rest(kind);
    const event = new ApplicationEvent(kind, fields);
    this.#add(key, event);
    return event;
  }

  #rest(kind: string): ApplicationEvent {
    const known = this.all.get(kind);
    if (known !== undefined) return known;
    const rest = new ApplicationEvent(kind, {});
    this.#add(kind, rest);
    return rest;
  }
}
