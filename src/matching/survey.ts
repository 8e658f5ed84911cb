import { isFresh } from './flow.ts';
import type { Flow } from './flow.ts';
import { COPY_NS } from './passage.ts';
import type { Sighting } from './sighting.ts';
import { Trail } from './trail.ts';
import type { Origin } from './trail.ts';
import type { Vantage } from './vantage.ts';

/** Samples of one vantage point: of handshakes and queries, and of other packets. */
const MAX_SAMPLES = 8192;
/** An address that is an end of this share of the packets is that of the place itself. */
const HOME_SHARE = 0.9;
const MAX_ADDRESSES = 64;
const MAX_PEERS = 4096;

/** One packet that may be found again at another place. */
export interface Sample {
  readonly key0: number;
  readonly key1: number;
  readonly seq: number;
  readonly timeNs: number;
  readonly flow: Flow;
  readonly direction: 0 | 1;
  readonly ttl: number;
}

/** What one reading of a vantage point tells. */
export interface Survey {
  readonly firstNs: number;
  readonly lastNs: number;
  readonly packets: number;
  /** Addresses of the place itself. */
  readonly home: ReadonlySet<string>;
  /** A node, which may put its own address in the place of others' (source NAT). */
  readonly isNode: boolean;
  /** Ports that packets came from or went to. */
  readonly ports: ReadonlySet<number>;
  /** Addresses of both ends of its packets, as many as are kept. */
  readonly peers: ReadonlySet<string>;
  /** By key; a key that came twice proves nothing and is absent. */
  readonly samples: ReadonlyMap<string, Sample>;
}

/**
 * Keeps those items whose hash ends in so many zero bits that they fit: places that see the same packets choose the
 * same ones, whatever else they see.
 */
class CommonSample {
  #mask = 0;
  #items = new Map<string, { readonly sample: Sample; readonly code: number; isTwice: boolean }>();

  add(sighting: Sighting): void {
    const { key0, key1, seq } = sighting;
    const code = Math.imul(key0 ^ (seq << 7), 0x9e3779b1 | 0) ^ key1;
    const hash = Math.imul(code ^ (code >>> 15), 0x85ebca6b | 0) >>> 8;
    if ((hash & this.#mask) !== 0) return;
    const name = `${key0},${key1},${seq}`;
    const known = this.#items.get(name);
    const { timeNs, flow, direction, ttl } = sighting;
    if (known !== undefined) {
      // On several interfaces of one place it is the same packet.
      if (timeNs - known.sample.timeNs > COPY_NS) known.isTwice = true;
      return;
    }
    this.#items.set(name, {
      sample: { key0, key1, seq, timeNs, flow, direction, ttl },
      code: hash,
      isTwice: false,
    });
    while (this.#items.size > MAX_SAMPLES) this.#thin();
  }

  #thin(): void {
    this.#mask = this.#mask * 2 + 1;
    for (const [name, { code }] of this.#items) if ((code & this.#mask) !== 0) this.#items.delete(name);
  }

  *once(): Generator<[string, Sample]> {
    for (const [name, { sample, isTwice }] of this.#items) if (!isTwice) yield [name, sample];
  }
}

/** Reads a vantage point once: its window of time, its own addresses, and packets to compare clocks by. */
export async function survey(vantage: Vantage, index: number, seed: number, origin: Origin): Promise<Survey> {
  const trail = new Trail(vantage, index, { seed, origin, evict: () => undefined });
  const starts = new CommonSample();
  const others = new CommonSample();
  const addresses = new Addresses();
  const ends = new Map<Flow, readonly [string, string]>();
  const ports = new Set<number>();
  const peers = new Set<string>();
  let [packets, firstNs, lastNs] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for await (const { items, count } of trail.batches()) {
    for (let at = 0; at < count; at++) {
      const sighting = items[at] as Sighting;
      packets++;
      firstNs = Math.min(firstNs, sighting.timeNs);
      lastNs = Math.max(lastNs, sighting.timeNs);
      if (sighting.part === 'data' || sighting.part === 'other' || sighting.part === 'datagram')
        others.add(sighting);
      else starts.add(sighting);
      let pair = ends.get(sighting.flow);
      if (pair === undefined) {
        pair = [sighting.flow.address(0), sighting.flow.address(1)];
        ends.set(sighting.flow, pair);
        if (peers.size < MAX_PEERS) peers.add(pair[0]).add(pair[1]);
      }
      addresses.add(pair, sighting);
      ports.add(sighting.flow.port(0)).add(sighting.flow.port(1));
    }
    ends.clear();
  }
  return {
    firstNs,
    lastNs,
    packets,
    isNode: vantage.name.startsWith('node/'),
    home: new Set(vantage.addresses.length > 0 ? vantage.addresses : addresses.home(packets)),
    ports,
    peers,
    samples: new Map([...starts.once(), ...others.once()]),
  };
}

/** What was counted of an address. */
interface AddressCount {
  packets: number;
  sent: number;
  /** Packets that it sent with a time to live that hosts begin with. */
  fresh: number;
}

/** Counts the addresses that come often (Misra and Gries). */
class Addresses {
  readonly #counts = new Map<string, AddressCount>();

  add(ends: readonly [string, string], { direction, ttl }: Sighting): void {
    for (const end of [0, 1] as const) {
      let count = this.#counts.get(ends[end]);
      if (count === undefined) {
        if (this.#counts.size >= MAX_ADDRESSES) {
          this.#makeRoom();
          continue;
        }
        count = { packets: 0, sent: 0, fresh: 0 };
        this.#counts.set(ends[end], count);
      }
      count.packets++;
      if (end !== direction) continue;
      count.sent++;
      if (isFresh(ttl)) count.fresh++;
    }
  }

  /** The address that nearly all packets come from or go to; of two that only talk to each other, the near one. */
  home(packets: number): string[] {
    const often = [...this.#counts].filter(([, count]) => count.packets >= HOME_SHARE * packets);
    const near = often.filter(([, { sent, fresh }]) => sent > 0 && fresh === sent);
    const chosen = often.length === 1 ? often : near.length === 1 ? near : [];
    return chosen.map(([address]) => address);
  }

  #makeRoom(): void {
    for (const [address, count] of this.#counts)
      if (count.packets > 1) count.packets--;
      else this.#counts.delete(address);
  }
}
