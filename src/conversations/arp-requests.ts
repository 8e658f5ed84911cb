import { ArpOperation } from '../dissect/arp.ts';
import type { Packet } from '../dissect/packet.ts';
import { addressText } from './address.ts';
import { Tally } from './samples.ts';

/** Most addresses that are asked for and followed; more is a scan of the subnet. */
const MAX_TARGETS = 4096;

/** Most hosts that are told apart among those that ask for one address. */
const MAX_REQUESTERS = 64;
/** A request that follows within this time is the same one, captured at another place. */
const COPY_NS = 100e6;
/** Who asks again within this time had no answer; later it is only time to ask again. */
const REPEAT_NS = 5e9;

/** What was asked about one address, and whether it ever spoke. */
export class ArpTarget {
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

  /** Counts a request by the host with the address `sender`. */
  ask(sender: number, timeNs: number, frame: number): void {
    const asked = this.#asked.get(sender);
    const apartNs = asked === undefined ? Number.POSITIVE_INFINITY : timeNs - asked.lastNs;
    if (apartNs < COPY_NS) return;
    this.requests.add(timeNs, timeNs, frame);
    if (asked === undefined && this.#asked.size >= MAX_REQUESTERS) return;
    const inRow = apartNs <= REPEAT_NS ? (asked?.inRow ?? 0) + 1 : 1;
    this.#asked.set(sender, { lastNs: timeNs, inRow });
    if (inRow > this.repeats) this.repeats = inRow;
    this.requester = addressText(4, sender, 0, 0, 0);
  }
}

/** Follows ARP requests by the address asked for. */
export class ArpRequests {
  readonly targets: Map<number, ArpTarget> = new Map();
  readonly #spoke: Set<number> = new Set();

  take(packet: Packet, timeNs: number): void {
    const { arpSender, arpTarget } = packet;
    // Whoever sends from an address has it; a probe (RFC 5227) has no sender address.
    if (arpSender !== 0 && this.#spoke.size < MAX_TARGETS) this.#spoke.add(arpSender);
    const known = this.targets.get(arpSender);
    if (known !== undefined) known.answered = true;
    if (packet.arpOperation !== ArpOperation.Request || arpSender === 0 || arpSender === arpTarget) return;
    const target = this.targets.get(arpTarget) ?? this.#open(arpTarget);
    target?.ask(arpSender, timeNs, packet.frameNumber);
  }

  #open(address: number): ArpTarget | undefined {
    if (this.targets.size >= MAX_TARGETS) return undefined;
    const target = new ArpTarget(addressText(4, address, 0, 0, 0));
    target.answered = this.#spoke.has(address);
    this.targets.set(address, target);
    return target;
  }
}
