import { ArpOperation } from '../dissect/arp.ts';
import type { Packet } from '../dissect/packet.ts';
import { AddressOwner } from './address-owner.ts';
import { addressText } from './address.ts';
import { NeighbourTarget } from './neighbour-target.ts';

/** Most addresses that are asked for and followed; more is a scan of the subnet. */
const MAX_TARGETS = 4096;
/** LINKTYPE_ETHERNET. */
const ETHERNET = 1;

/** Follows ARP requests by the address asked for. */
export class ArpRequests {
  readonly targets: Map<number, NeighbourTarget> = new Map();
  readonly owners: Map<number, AddressOwner> = new Map();
  readonly #spoke: Set<number> = new Set();

  take(packet: Packet, timeNs: number): void {
    const { arpSender, arpTarget } = packet;
    // Whoever sends from an address has it; a probe (RFC 5227) has no sender address.
    if (arpSender !== 0 && this.#spoke.size < MAX_TARGETS) this.#spoke.add(arpSender);
    if (arpSender !== 0 && packet.linkType === ETHERNET && packet.tunnelDepth === 0)
      this.#own(packet, timeNs);
    const known = this.targets.get(arpSender);
    if (known !== undefined) known.answered = true;
    if (packet.arpOperation !== ArpOperation.Request || arpSender === 0 || arpSender === arpTarget) return;
    const target = this.targets.get(arpTarget) ?? this.#open(arpTarget);
    if (target?.ask(arpSender, timeNs, packet.frameNumber) === true)
      target.requester = addressText(4, arpSender, 0, 0, 0);
  }

  #open(address: number): NeighbourTarget | undefined {
    if (this.targets.size >= MAX_TARGETS) return undefined;
    const target = new NeighbourTarget(addressText(4, address, 0, 0, 0));
    target.answered = this.#spoke.has(address);
    this.targets.set(address, target);
    return target;
  }

  /** On "any" interface one address may well have several owners; there the link type is another one. */
  #own(packet: Packet, timeNs: number): void {
    const known = this.owners.get(packet.arpSender);
    if (known !== undefined) known.claim(packet, timeNs);
    else if (this.owners.size < MAX_TARGETS)
      this.owners.set(packet.arpSender, new AddressOwner(packet, timeNs));
  }
}
