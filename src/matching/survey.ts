import type { Flow } from './flow.ts';
import type { Sighting } from './sighting.ts';
import { Trail } from './trail.ts';
import type { Origin } from './trail.ts';
import type { Vantage } from './vantage.ts';

/** Samples of one vantage point: of handshakes and queries, and of other packets. */
const MAX_SAMPLES = 8192;
/** An address that is an end of this share of the packets is that of the place itself. */
const HOME_SHARE = 0.9;
const MAX_ADDRESSES = 64;

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
  /** Ports that packets came from or went to. */
  readonly ports: ReadonlySet<number>;
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
    if (known !== undefined) {
      known.isTwice = true;
      return;
    }
    const { timeNs, flow, direction, ttl } = sighting;
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
  const addresses = new Map<string, number>();
  const ends = new Map<Flow, readonly [string, string]>();
  const ports = new Set<number>();
  let [packets, firstNs, lastNs] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for await (const batch of trail.batches()) {
    for (const sighting of batch) {
      packets++;
      firstNs = Math.min(firstNs, sighting.timeNs);
      lastNs = Math.max(lastNs, sighting.timeNs);
      if (sighting.part === 'data' || sighting.part === 'other' || sighting.part === 'datagram')
        others.add(sighting);
      else starts.add(sighting);
      count(sighting.flow, addresses, ends);
      ports.add(sighting.flow.port(0)).add(sighting.flow.port(1));
    }
    ends.clear();
  }
  return {
    firstNs,
    lastNs,
    packets,
    home: new Set(vantage.addresses.length > 0 ? vantage.addresses : homeOf(addresses, packets)),
    ports,
    samples: new Map([...starts.once(), ...others.once()]),
  };
}

function count(flow: Flow, addresses: Map<string, number>, ends: Map<Flow, readonly [string, string]>): void {
  let pair = ends.get(flow);
  if (pair === undefined) {
    pair = [flow.address(0), flow.address(1)];
    ends.set(flow, pair);
  }
  for (const address of pair) {
    const known = addresses.get(address);
    if (known !== undefined) addresses.set(address, known + 1);
    else if (addresses.size < MAX_ADDRESSES) addresses.set(address, 1);
    // Makes room for one that comes often (Misra and Gries).
    else
      for (const [name, number] of addresses)
        if (number > 1) addresses.set(name, number - 1);
        else addresses.delete(name);
  }
}

/** The address that nearly all packets come from or go to; none if two do, for then they only talk to each other. */
function homeOf(addresses: ReadonlyMap<string, number>, packets: number): string[] {
  const often = [...addresses].filter(([, number]) => number >= HOME_SHARE * packets).map(([name]) => name);
  return often.length === 1 ? often : [];
}
