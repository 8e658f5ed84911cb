import type { Application, ApplicationProtocol, Ending, Segment } from './application.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { ApplicationEvents } from './events.ts';
import { proxyHeaderLength } from './proxy-header.ts';

/** Segments in which the protocol behind the header is looked for. */
const MAX_TRIES = 4;

/** What a load balancer puts a PROXY header in front of; the header itself is stepped over. */
class ProxiedConversation implements Application {
  readonly #protocols: readonly ApplicationProtocol[];
  readonly #events: ApplicationEvents;
  readonly #budget: ByteBudget;
  #inner: Application | undefined;
  #left = -1;
  #tries = 0;

  constructor(protocols: readonly ApplicationProtocol[], events: ApplicationEvents, budget: ByteBudget) {
    this.#protocols = protocols;
    this.#events = events;
    this.#budget = budget;
  }

  get name(): string {
    return this.#inner?.name ?? 'PROXY protocol';
  }

  take(segment: Segment): void {
    if (this.#left < 0) this.#left = proxyHeaderLength(segment.view, segment.offset, segment.captured);
    if (this.#left > 0) {
      const length = Math.min(this.#left, segment.length);
      this.#left -= length;
      segment.offset += length;
      segment.length -= length;
      segment.captured -= length;
      if (segment.captured <= 0) return;
    }
    if (this.#inner !== undefined) this.#inner.take(segment);
    else if (this.#tries < MAX_TRIES) this.#begin(segment);
  }

  end(ending: Ending): void {
    this.#inner?.end(ending);
  }

  #begin(segment: Segment): void {
    this.#tries++;
    const protocol = this.#protocols.find((one) => one.transport === 'TCP' && one.recognise(segment));
    this.#inner = protocol?.open(this.#events, this.#budget);
    this.#inner?.take(segment);
  }
}

/** The PROXY protocol, versions 1 and 2, in front of any of `protocols`. */
export function proxyProtocol(protocols: readonly ApplicationProtocol[]): ApplicationProtocol {
  return {
    name: 'PROXY protocol',
    transport: 'TCP',
    recognise: ({ view, offset, captured }) => proxyHeaderLength(view, offset, captured) > 0,
    open: (events, budget) => new ProxiedConversation(protocols, events, budget),
  };
}
