import { ArpOperation } from '../dissect/arp.ts';
import type { Packet } from '../dissect/packet.ts';
import { addressText } from './address.ts';
import { Tally } from './samples.ts';

/** Most addresses that are asked for and followed; more is a scan of the subnet. */
const MAX_TARGETS = 4096;

/** What was asked about one address, and whether it ever spoke. */
export class ArpTarget {
  readonly address: string;
  readonly requests: Tally = new Tally();
  /** Address of the last host that asked. */
  requester = '';
  requesters = 0;
  answered = false;

  constructor(address: string) {
    this.address = address;
  }
}

/** Follows ARP requests by the address asked for. */
export class ArpRequests {
  readonly targets: Map<number, ArpTarget> = new Map();
  readonly #spoke: Set<number> = new Set();
  #lastSender = 0;

  take(packet: Packet, timeNs: number): void {
    const { arpSender, arpTarget } = packet;
    // Whoever sends from an address has it; a probe (RFC 5227) has no sender address.
    if (arpSender !== 0 && this.#spoke.size < MAX_TARGETS) this.#spoke.add(arpSender);
    const known = this.targets.get(arpSender);
    if (known !== undefined) known.answered = true;
    if (packet.arpOperation !== ArpOperation.Request || arpSender === 0 || arpSender === arpTarget) return;
    const target = this.targets.get(arpTarget) ?? this.#open(arpTarget);
    if (target === undefined) return;
    target.requests.add(timeNs, timeNs, packet.frameNumber);
    if (target.requesters === 0 || this.#lastSender !== arpSender) target.requesters++;
    this.#lastSender = arpSender;
    target.requester = addressText(4, arpSender, 0, 0, 0);
  }

  #open(address: number): ArpTarget | undefined {
    if (this.targets.size >= MAX_TARGETS) return undefined;
    const target = new ArpTarget(addressText(4, address, 0, 0, 0));
    target.answered = this.#spoke.has(address);
    this.targets.set(address, target);
    return target;
  }
}
