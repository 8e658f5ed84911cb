/**
 * The layers that are dissected. A dissector returns the layer that follows the header it has read;
 * numbers index the registry in `index.ts`.
 */
export const Layer = {
  /** Nothing follows that is dissected. */
  None: 0,
  Ethernet: 1,
  /** BSD loopback: address family in the byte order of the capturing host, or (LOOP) in network order. */
  Loopback: 2,
  RawIp: 3,
  LinuxCooked: 4,
  LinuxCooked2: 5,
  NfLog: 6,
  Vlan: 7,
  Arp: 8,
  Ipv4: 9,
  Ipv6: 10,
  Tcp: 11,
  Udp: 12,
  Icmp: 13,
  Icmpv6: 14,
  Gre: 15,
  Vxlan: 16,
  Pppoe: 17,
  Geneve: 18,
  Mpls: 19,
  Ipv4InIp: 20,
  Ipv6InIp: 21,
  AuthenticationHeader: 22,
  Ppp: 23,
  Sctp: 24,
} as const;

export type LayerNumber = number;

/** The first layer of a link type (pcap LINKTYPE_ numbers); undefined: not supported. */
export function linkLayer(linkType: number): LayerNumber | undefined {
  switch (linkType) {
    case 1:
      return Layer.Ethernet;
    case 0:
    case 108:
      return Layer.Loopback;
    case 9:
      return Layer.Ppp;
    case 12:
    case 14:
    case 101:
      return Layer.RawIp;
    case 113:
      return Layer.LinuxCooked;
    case 228:
      return Layer.Ipv4;
    case 229:
      return Layer.Ipv6;
    case 239:
      return Layer.NfLog;
    case 276:
      return Layer.LinuxCooked2;
    default:
      return undefined;
  }
}

/** The layer of an EtherType (IEEE 802 numbers). */
export function etherTypeLayer(etherType: number): LayerNumber {
  switch (etherType) {
    case 0x0800:
      return Layer.Ipv4;
    case 0x86dd:
      return Layer.Ipv6;
    case 0x0806:
      return Layer.Arp;
    case 0x8100:
    case 0x88a8:
    case 0x9100:
      return Layer.Vlan;
    case 0x8864:
      return Layer.Pppoe;
    case 0x6558:
      return Layer.Ethernet;
    case 0x8847:
    case 0x8848:
      return Layer.Mpls;
    default:
      return Layer.None;
  }
}

/** The layer of an IP protocol number (IANA). */
export function ipProtocolLayer(protocol: number): LayerNumber {
  switch (protocol) {
    case 6:
      return Layer.Tcp;
    case 17:
      return Layer.Udp;
    case 1:
      return Layer.Icmp;
    case 58:
      return Layer.Icmpv6;
    case 47:
      return Layer.Gre;
    case 4:
      return Layer.Ipv4InIp;
    case 41:
      return Layer.Ipv6InIp;
    case 132:
      return Layer.Sctp;
    case 51:
      return Layer.AuthenticationHeader;
    default:
      return Layer.None;
  }
}
