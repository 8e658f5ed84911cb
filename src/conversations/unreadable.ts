import { Fault } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';
import { Tally } from './samples.ts';

/** Most link types that are kept apart. */
const MAX_LINK_TYPES = 64;

/** Counts packets that could not be dissected to their end. */
export class Unreadable {
  /** Packets in which a header was cut off or wrong. */
  readonly malformed: Tally = new Tally();
  /** Link types that are not dissected, by number, with the count of their packets. */
  readonly linkTypes: Map<number, number> = new Map();

  /** Counts a packet whose `fault` is not none; `snapLength` of its interface, 0: unknown. */
  note(packet: Packet, timeNs: number, snapLength: number): void {
    if (packet.fault === Fault.UnsupportedLink) {
      const { linkTypes } = this;
      if (linkTypes.size < MAX_LINK_TYPES || linkTypes.has(packet.linkType))
        linkTypes.set(packet.linkType, (linkTypes.get(packet.linkType) ?? 0) + 1);
      return;
    }
    // A short snap length cuts headers without anything being wrong.
    const cutBySnapLength =
      packet.capturedLength < packet.originalLength && packet.capturedLength >= snapLength;
    if (packet.fault !== Fault.Truncated || !cutBySnapLength)
      this.malformed.add(timeNs, timeNs, packet.frameNumber);
  }
}
