import { Tally } from './samples.ts';

/** Most hosts that are told apart among those that ask for one address. */
const MAX_REQUESTERS = 64;
/** A request that follows within this time is the same one, captured at another place. */
const COPY_NS = 100e6;
/** Who asks again within this time had no answer; later it is only time to ask again. */
const REPEAT_NS = 5e9;

/** What was asked about one address, by ARP or neighbour discovery, and whether it ever spoke. */
export class NeighbourTarget {
  readonly address: string;
  readonly requests: Tally = new Tally();
  /** Address of the last host that asked. */
  requester = '';
  /**
   * Most requests of one host in a row. Where others ask, their requests are seen and the answers, which
   * go to one host, are not; only asking again proves that there was none.
   */
  repeats = 0;
  answered = false;
  readonly #asked: Map<number, { lastNs: number; inRow: number }> = new Map();

  /** Hosts that asked, as far as they are told apart. */
  get requesters(): number {
    return this.#asked.size;
  }

  constructor(address: string) {
    this.address = address;
  }

  /** Counts a request by the host that `sender` stands for; false if it is a copy or one host too many. */
  ask(sender: number, timeNs: number, frame: number): boolean {
    const asked = this.#asked.get(sender);
    const apartNs = asked === undefined ? Number.POSITIVE_INFINITY : timeNs - asked.lastNs;
    if (apartNs < COPY_NS) return false;
    this.requests.add(timeNs, timeNs, frame);
    if (asked === undefined && this.#asked.size >= MAX_REQUESTERS) return false;
    const inRow = apartNs <= REPEAT_NS ? (asked?.inRow ?? 0) + 1 : 1;
    this.#asked.set(sender, { lastNs: timeNs, inRow });
    if (inRow > this.repeats) this.repeats = inRow;
    return true;
  }
}
