import type { IpOptions } from './ip.ts';
import { ip } from './ip.ts';
import { join, padTo, u16, u32, u8 } from './octets.ts';
import { udp } from './transport.ts';

/** pcap LINKTYPE_ numbers. */
export const LinkType = {
  Null: 0,
  Ethernet: 1,
  Ppp: 9,
  RawBsd: 12,
  Raw: 101,
  Loop: 108,
  LinuxSll: 113,
  Ipv4: 228,
  Ipv6: 229,
  NfLog: 239,
  LinuxSll2: 276,
} as const;

/** The EtherType of an IP packet, by its version. */
function etherTypeOf(packet: Uint8Array): number {
  return (packet[0] as number) >>> 4 === 6 ? 0x86dd : 0x0800;
}

/** An Ethernet frame around an IP packet or, with its type given, anything else. */
export function ethernet(payload: Uint8Array, etherType: number = etherTypeOf(payload)): Uint8Array {
  return join(u8(2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1), u16(etherType), payload);
}

/** An Ethernet frame with VLAN tags, outermost first. */
export function vlan(tags: readonly number[], payload: Uint8Array): Uint8Array {
  const [first = 0, ...inner] = tags;
  const behind = inner.reduceRight(
    (rest, tag) => join(u16(0x8100, tag), rest),
    join(u16(etherTypeOf(payload)), payload),
  );
  return ethernet(join(u16(first), behind), tags.length > 1 ? 0x88a8 : 0x8100);
}

/** An IP packet that carries an Ethernet frame in VXLAN. */
export function vxlan(
  outer: { from: string; to: string; vni: number; port?: number },
  frame: Uint8Array,
): Uint8Array {
  return udp({
    from: `${outer.from}:49152`,
    to: `${outer.to}:${outer.port ?? 4789}`,
    payload: join(u32(0x08000000, outer.vni << 8), frame),
  });
}

/** An IP packet that carries another one in GRE. */
export function gre(
  outer: IpOptions & { from: string; to: string; key?: number; sequence?: number; checksum?: boolean },
  packet: Uint8Array,
): Uint8Array {
  const flags =
    (outer.checksum === true ? 0x8000 : 0) |
    (outer.key === undefined ? 0 : 0x2000) |
    (outer.sequence === undefined ? 0 : 0x1000);
  const payload = join(
    u16(flags, etherTypeOf(packet)),
    outer.checksum === true ? u32(0) : u8(),
    outer.key === undefined ? u8() : u32(outer.key),
    outer.sequence === undefined ? u8() : u32(outer.sequence),
    packet,
  );
  const { from, to } = outer;
  return ip({ from, to, protocol: 47, payload });
}

/** LINKTYPE_LINUX_SLL. */
export function linuxCooked(packet: Uint8Array): Uint8Array {
  return join(u16(0, 1, 6), u8(2, 0, 0, 0, 0, 1, 0, 0), u16(etherTypeOf(packet)), packet);
}

/** LINKTYPE_LINUX_SLL2. */
export function linuxCooked2(packet: Uint8Array, interfaceIndex = 2): Uint8Array {
  return join(
    u16(etherTypeOf(packet), 0),
    u32(interfaceIndex),
    u16(1),
    u8(0, 6, 2, 0, 0, 0, 0, 1, 0, 0),
    packet,
  );
}

/** LINKTYPE_NULL, written by a host of either byte order; LINKTYPE_LOOP is the big-endian one. */
export function loopback(packet: Uint8Array, family: number, littleEndian: boolean): Uint8Array {
  return join(littleEndian ? u8(family, 0, 0, 0) : u32(family), packet);
}

/** LINKTYPE_NFLOG with a prefix attribute before the packet. */
export function nflog(packet: Uint8Array): Uint8Array {
  const attribute = (type: number, value: Uint8Array): Uint8Array =>
    padTo(4, join(u8((value.length + 4) & 255, (value.length + 4) >>> 8, type, 0), value));
  const family = (packet[0] as number) >>> 4 === 6 ? 10 : 2;
  return join(u8(family, 0, 0, 0), attribute(10, u8(0x78, 0)), attribute(9, packet));
}

/** An IP packet that carries another one, or an Ethernet frame, in Geneve. */
export function geneve(
  outer: { from: string; to: string; vni: number; options?: Uint8Array; version?: number },
  inner: Uint8Array,
  etherType: number = etherTypeOf(inner),
): Uint8Array {
  const options = padTo(4, outer.options ?? u8());
  return udp({
    from: `${outer.from}:49152`,
    to: `${outer.to}:6081`,
    payload: join(
      u8(((outer.version ?? 0) << 6) | (options.length / 4), 0),
      u16(etherType),
      u32(outer.vni << 8),
      options,
      inner,
    ),
  });
}

/** An Ethernet frame with MPLS labels, outermost first, around a packet. */
export function mpls(labels: readonly number[], payload: Uint8Array): Uint8Array {
  const entries = labels.map((label, i) => u32((label << 12) | (i === labels.length - 1 ? 0x100 : 0) | 64));
  return ethernet(join(...entries, payload), 0x8847);
}

/** LINKTYPE_PPP, with or without address and control, and with the short form of the protocol. */
export function ppp(packet: Uint8Array, withAddress: boolean, short: boolean): Uint8Array {
  const protocol = etherTypeOf(packet) === 0x0800 ? 0x21 : 0x57;
  return join(withAddress ? u8(0xff, 3) : u8(), short ? u8(protocol) : u16(protocol), packet);
}
