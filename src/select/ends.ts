import { addressText, endpointText } from '../conversations/address.ts';
import { PacketKind } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';

/** Who sent a packet to whom, as texts. */
export interface Ends {
  readonly source: string;
  readonly destination: string;
  /** With their ports, where the packet has some. */
  readonly sourceEndpoint: string;
  readonly destinationEndpoint: string;
}

/** The ends of a packet; of an ARP packet those that it names; null: it has none. */
export function endsOf(packet: Packet): Ends | null {
  if (packet.kind === PacketKind.Arp)
    return ends(addressText(4, packet.arpSender, 0, 0, 0), addressText(4, packet.arpTarget, 0, 0, 0), 0, 0);
  if (packet.ipVersion === 0) return null;
  const hasPorts = packet.kind === PacketKind.Tcp || packet.kind === PacketKind.Udp;
  return ends(
    addressText(packet.ipVersion, packet.src0, packet.src1, packet.src2, packet.src3),
    addressText(packet.ipVersion, packet.dst0, packet.dst1, packet.dst2, packet.dst3),
    hasPorts ? packet.srcPort : 0,
    hasPorts ? packet.dstPort : 0,
  );
}

/** The ends of the packet that an ICMP error quotes; null: it quotes none. */
export function quotedEnds(packet: Packet): Ends | null {
  if (packet.quoteProtocol === 0) return null;
  const hasPorts = packet.quoteProtocol === 6 || packet.quoteProtocol === 17;
  const { quoteVersion: version } = packet;
  return ends(
    addressText(version, packet.quoteSrc0, packet.quoteSrc1, packet.quoteSrc2, packet.quoteSrc3),
    addressText(version, packet.quoteDst0, packet.quoteDst1, packet.quoteDst2, packet.quoteDst3),
    hasPorts ? packet.quoteSrcPort : 0,
    hasPorts ? packet.quoteDstPort : 0,
  );
}

function ends(source: string, destination: string, sourcePort: number, destinationPort: number): Ends {
  return {
    source,
    destination,
    sourceEndpoint: endpointText(source, sourcePort),
    destinationEndpoint: endpointText(destination, destinationPort),
  };
}
