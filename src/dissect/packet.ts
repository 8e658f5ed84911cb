import type { LayerNumber } from './layer.ts';

/** TCP flag bits (RFC 9293 §3.1). */
export const TcpFlag = { Fin: 1, Syn: 2, Rst: 4, Psh: 8, Ack: 16, Urg: 32, Ece: 64, Cwr: 128 } as const;

/** What the innermost dissected header is. */
export const PacketKind = {
  Other: 0,
  Tcp: 1,
  Udp: 2,
  Icmp: 3,
  Icmpv6: 4,
  Arp: 5,
  Fragment: 6,
  Sctp: 7,
} as const;

/** What went wrong while dissecting. */
export const Fault = { None: 0, Truncated: 1, Malformed: 2, UnsupportedLink: 3, TooDeep: 4 } as const;

/**
 * A packet: what the dissectors read from one frame. One record is reused for all packets. 32-bit
 * fields hold *signed* integers (compare for equality, subtract with `| 0`), because V8 keeps those
 * unboxed; addresses are four words in network order, IPv4 in the first with the others 0. In a
 * tunnel the fields are those of the innermost packet.
 */
export class Packet {
  view: DataView = new DataView(new ArrayBuffer(0));
  frameNumber = 0;
  timeNs = 0.5;
  capturedLength = 0;
  originalLength = 0;
  interfaceId = 0;
  linkType = 0;

  /** Where the next layer begins and where the captured bytes of this packet end. */
  offset = 0;
  end = 0;
  /** First layer that could not be read; meaning of `fault` in {@link Fault}. */
  fault = 0;
  faultLayer: LayerNumber = 0;

  kind = 0;
  vlanId = -1;
  /** VXLAN network identifier or GRE key of the innermost tunnel; -1: none. */
  tunnelId = -1;
  tunnelDepth = 0;
  /** Of the packet that carries this one, where `tunnelDepth` is not 0: addresses and destination port (0: none). */
  outerVersion = 0;
  outerSrc0 = 0;
  outerSrc1 = 0;
  outerSrc2 = 0;
  outerSrc3 = 0;
  outerDst0 = 0;
  outerDst1 = 0;
  outerDst2 = 0;
  outerDst3 = 0;
  outerPort = 0;
  /** Its UDP header, -1 if there is none; whether it was sent in fragments. */
  outerUdpOffset = -1;
  outerFragmented = false;

  /** 4, 6, or 0 where there is no IP header. */
  ipVersion = 0;
  src0 = 0;
  src1 = 0;
  src2 = 0;
  src3 = 0;
  dst0 = 0;
  dst1 = 0;
  dst2 = 0;
  dst3 = 0;
  ttl = 0;
  /** Identification (IPv4), 0 for IPv6. */
  ipId = 0;
  ipProtocol = 0;
  /** Bytes after the IP header and its extensions, as the header claims (may be more than captured). */
  ipPayloadLength = 0;
  /** Byte offset of a fragment; 0: the first or the only one. */
  fragmentOffset = 0;
  moreFragments = false;
  /** Of a fragment: its datagram's identification (16 bits in IPv4, 32 in IPv6). */
  fragmentId = 0;
  /**
   * Whoever owns this record puts fragments together: also the first one of several is left as {@link
   * PacketKind.Fragment}, whose payload begins at `offset`. Else it is dissected as far as it goes.
   */
  holdsFragments = false;

  srcPort = 0;
  dstPort = 0;
  /** First byte of the transport payload; its length as claimed; how much of it was captured. */
  payloadOffset = 0;
  payloadLength = 0;
  payloadCaptured = 0;
  checksum = 0;

  seq = 0;
  ack = 0;
  tcpFlags = 0;
  window = 0;
  /** TSval of the timestamps option (RFC 7323), 0 if absent. */
  tsVal = 0;
  /** Of a SYN: shift of the window scale option (-1: absent) and maximum segment size (0: absent). */
  windowShift = -1;
  mss = 0;

  icmpType = 0;
  icmpCode = 0;
  /** Of an error that says "too big": the largest packet that the next hop takes, 0 if the sender does not say. */
  nextHopMtu = 0;
  /** The packet that an ICMP error quotes; `quoteProtocol` 0: nothing usable is quoted. Only TCP and UDP have ports. */
  quoteProtocol = 0;
  quoteVersion = 0;
  quoteSrc0 = 0;
  quoteSrc1 = 0;
  quoteSrc2 = 0;
  quoteSrc3 = 0;
  quoteDst0 = 0;
  quoteDst1 = 0;
  quoteDst2 = 0;
  quoteDst3 = 0;
  quoteSrcPort = 0;
  quoteDstPort = 0;
  quoteSeq = 0;
  /** Where the quoted transport payload begins, and 0 if it was not quoted. */
  quotePayloadOffset = 0;

  /** Type of an SCTP packet's first chunk. */
  sctpChunk = 0;

  arpOperation = 0;
  arpSender = 0;
  arpTarget = 0;
  /** Hardware address of an ARP packet's sender: 16 and 32 bits; 0 if it is none of Ethernet. */
  arpSenderMacHigh = 0;
  arpSenderMacLow = 0;
  /** Address that a neighbour solicitation asks for, or that an advertisement is about. */
  ndTarget0 = 0;
  ndTarget1 = 0;
  ndTarget2 = 0;
  ndTarget3 = 0;

  /** Makes the record ready for a frame; only what dissectors test without having set it is cleared. */
  reset(): void {
    this.fault = 0;
    this.faultLayer = 0;
    this.kind = 0;
    this.vlanId = -1;
    this.tunnelId = -1;
    this.tunnelDepth = 0;
    this.ipVersion = 0;
    this.fragmentOffset = 0;
    this.moreFragments = false;
    this.payloadLength = 0;
    this.payloadCaptured = 0;
    this.quoteProtocol = 0;
  }

  /** Marks a fragment that is not dissected any further: nothing of the packet before may show in it. */
  setFragment(id: number): LayerNumber {
    this.fragmentId = id;
    this.kind = PacketKind.Fragment;
    this.srcPort = 0;
    this.dstPort = 0;
    this.tcpFlags = 0;
    this.tsVal = 0;
    this.checksum = 0;
    return 0;
  }

  /** Enters a tunnel: what was read so far is the packet that carries another one. */
  enterTunnel(id: number, udpOffset = -1): void {
    this.tunnelId = id;
    this.tunnelDepth++;
    this.outerVersion = this.ipVersion;
    this.outerSrc0 = this.src0;
    this.outerSrc1 = this.src1;
    this.outerSrc2 = this.src2;
    this.outerSrc3 = this.src3;
    this.outerDst0 = this.dst0;
    this.outerDst1 = this.dst1;
    this.outerDst2 = this.dst2;
    this.outerDst3 = this.dst3;
    this.outerPort = udpOffset < 0 ? 0 : this.dstPort;
    this.outerUdpOffset = udpOffset;
    this.outerFragmented = this.moreFragments;
    this.moreFragments = false;
  }

  /** Marks the layer as cut or wrong; what was read before stays valid. */
  fail(fault: number, layer: LayerNumber): LayerNumber {
    this.fault = fault;
    this.faultLayer = layer;
    return 0;
  }
}
