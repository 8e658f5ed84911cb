import type { Packet } from '../dissect/packet.ts';
import { addressText } from './address.ts';
import { Tally } from './samples.ts';

/** An address that moves for good, such as that of a load balancer, is not taken back within this time. */
const TAKEN_BACK_NS = 60e9;
/** Two hosts that both have the address answer one request nearly at once. */
const BOTH_ANSWER_NS = 1e9;
const REPLY = 2;

/** The hardware addresses that claim one IPv4 address in ARP packets, on one interface. */
export class AddressOwner {
  readonly address: string;
  /** Claims that contradict one another. */
  readonly conflicts: Tally = new Tally();
  /** Hardware addresses that took part, at most four. */
  readonly claimants: Set<string> = new Set();
  readonly #interfaceId: number;
  readonly #vlanId: number;
  #high: number;
  #low: number;
  #lastNs: number;
  #frame: number;
  #asked: number;
  #beforeHigh = -1;
  #beforeLow = 0;
  #beforeNs = Number.NEGATIVE_INFINITY;

  constructor(packet: Packet, timeNs: number) {
    this.address = addressText(4, packet.arpSender, 0, 0, 0);
    this.#interfaceId = packet.interfaceId;
    this.#vlanId = packet.vlanId;
    this.#high = packet.arpSenderMacHigh;
    this.#low = packet.arpSenderMacLow;
    this.#lastNs = timeNs;
    this.#frame = packet.frameNumber;
    this.#asked = packet.arpOperation === REPLY ? packet.arpTarget : 0;
  }

  /** A packet in which some host says that it has the address. */
  claim(packet: Packet, timeNs: number): void {
    if (packet.interfaceId !== this.#interfaceId || packet.vlanId !== this.#vlanId) return;
    const { arpSenderMacHigh: high, arpSenderMacLow: low } = packet;
    const asked = packet.arpOperation === REPLY ? packet.arpTarget : 0;
    if (high !== this.#high || low !== this.#low) {
      const takenBack =
        high === this.#beforeHigh && low === this.#beforeLow && timeNs - this.#beforeNs < TAKEN_BACK_NS;
      const bothAnswer = asked !== 0 && asked === this.#asked && timeNs - this.#lastNs < BOTH_ANSWER_NS;
      if (takenBack || bothAnswer) this.#conflict(packet, timeNs);
      this.#beforeHigh = this.#high;
      this.#beforeLow = this.#low;
      this.#beforeNs = this.#lastNs;
      this.#high = high;
      this.#low = low;
    }
    this.#lastNs = timeNs;
    this.#frame = packet.frameNumber;
    this.#asked = asked;
  }

  #conflict(packet: Packet, timeNs: number): void {
    this.conflicts.add(this.#lastNs, timeNs, this.#frame, packet.frameNumber);
    if (this.claimants.size >= 4) return;
    this.claimants.add(macText(this.#high, this.#low));
    this.claimants.add(macText(packet.arpSenderMacHigh, packet.arpSenderMacLow));
  }
}

function macText(high: number, low: number): string {
  const digits = high.toString(16).padStart(4, '0') + (low >>> 0).toString(16).padStart(8, '0');
  return (digits.match(/../gu) ?? []).join(':');
}
