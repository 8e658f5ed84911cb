import type { Application, ApplicationProtocol, Ending } from './application.ts';
import { Segment } from './application.ts';
import { ByteBudget } from './byte-budget.ts';
import type { ApplicationEvents } from './events.ts';

/** Conversations whose application is followed at once; further ones are counted but not looked into. */
const MAX_FOLLOWED = 16_384;
/** Segments with payload in which a protocol is looked for. */
const MAX_TRIES = 4;

/** A place at or below this: no application was found, none is looked for any more. */
export const GIVEN_UP: number = -MAX_TRIES;

/**
 * Follows the applications of many conversations. Each conversation keeps one number, its place: positive if its
 * application is followed, else minus the segments in which one was looked for.
 */
export class ApplicationFollower {
  /** Reused for every call of {@link take}. */
  readonly segment: Segment = new Segment();
  /** Conversations that could not be followed because too many were open. */
  unfollowed = 0;
  readonly #protocols: readonly ApplicationProtocol[];
  readonly #budget = new ByteBudget();
  readonly #followed: (Application | null)[] = [];
  readonly #free: number[] = [];

  constructor(protocols: readonly ApplicationProtocol[]) {
    this.#protocols = protocols;
  }

  /** Hands `segment` to the application at `place`, which must be positive. */
  pass(place: number): void {
    this.#followed[place - 1]?.take(this.segment);
  }

  /** The protocol of which `segment` is the beginning, undefined if none is known. */
  recognise(transport: 'TCP' | 'UDP'): ApplicationProtocol | undefined {
    for (const protocol of this.#protocols) {
      if (protocol.transport === transport && protocol.recognise(this.segment)) return protocol;
    }
    return undefined;
  }

  /** Opens an application with the log of its group, hands it `segment`, and returns its place, or {@link GIVEN_UP}. */
  open(protocol: ApplicationProtocol, events: ApplicationEvents): number {
    const free = this.#free.pop();
    if (free === undefined && this.#followed.length >= MAX_FOLLOWED) {
      this.unfollowed++;
      return GIVEN_UP;
    }
    const index = free ?? this.#followed.length;
    this.#followed[index] = protocol.open(events, this.#budget);
    this.pass(index + 1);
    return index + 1;
  }

  /** Ends the application at `place`, if there is one. */
  end(place: number, ending: Ending): void {
    if (place <= 0) return;
    this.#followed[place - 1]?.end(ending);
    this.#followed[place - 1] = null;
    this.#free.push(place - 1);
  }

  /** Name of the application at `place`, "" if there is none. */
  nameAt(place: number): string {
    return place > 0 ? (this.#followed[place - 1]?.name ?? '') : '';
  }
}
