import { addressOctets, internetChecksum, join, padTo, u16, u32, u8 } from './octets.ts';

/** What may differ from an ordinary IP header. */
export interface IpOptions {
  readonly ttl?: number;
  readonly id?: number;
  /** Byte offset of the fragment. */
  readonly fragmentOffset?: number;
  readonly moreFragments?: boolean;
  /** IPv4 options; padded to 32 bits. */
  readonly options?: Uint8Array;
  /** IPv6 extension headers, outermost first. */
  readonly extensions?: readonly Extension[];
  /** What the length field says instead of the truth. */
  readonly claimedLength?: number;
}

/** An IPv6 extension header without its first byte, which names the next one. */
export interface Extension {
  readonly type: number;
  readonly rest: Uint8Array;
}

export interface IpPacket extends IpOptions {
  readonly from: string;
  readonly to: string;
  readonly protocol: number;
  readonly payload: Uint8Array;
}

/** An IPv4 or IPv6 packet, by the form of the addresses. */
export function ip(packet: IpPacket): Uint8Array {
  return packet.from.includes(':') ? ipv6(packet) : ipv4(packet);
}

function ipv4({ from, to, protocol, payload, ...rest }: IpPacket): Uint8Array {
  const options = padTo(4, rest.options ?? u8());
  const headerLength = 20 + options.length;
  const fragment = ((rest.fragmentOffset ?? 0) / 8) | (rest.moreFragments === true ? 0x2000 : 0);
  const header = join(
    u8(0x40 | (headerLength / 4), 0),
    u16(rest.claimedLength ?? headerLength + payload.length, rest.id ?? 0, fragment),
    u8(rest.ttl ?? 64, protocol),
    u16(0),
    addressOctets(from),
    addressOctets(to),
    options,
  );
  header.set(u16(internetChecksum(header)), 10);
  return join(header, payload);
}

function ipv6({ from, to, protocol, payload, ...rest }: IpPacket): Uint8Array {
  const extensions = rest.extensions ?? [];
  const types = [...extensions.map(({ type }) => type), protocol];
  const body = join(
    ...extensions.map((extension, i) => join(u8(types[i + 1] as number), extension.rest)),
    payload,
  );
  return join(
    u32(0x60000000),
    u16(rest.claimedLength ?? body.length),
    u8(types[0] as number, rest.ttl ?? 64),
    addressOctets(from),
    addressOctets(to),
    body,
  );
}

/** Hop-by-hop or destination options of 8 · `units` bytes (RFC 8200 §4.3), filled with PadN. */
export function optionsExtension(type: 0 | 60, units = 1): Extension {
  const padding = units * 8 - 4;
  return { type, rest: join(u8(units - 1, 1, padding), new Uint8Array(padding)) };
}

/** A fragment header (RFC 8200 §4.5); `offset` in bytes. */
export function fragmentExtension(offset: number, more: boolean, id: number): Extension {
  return { type: 44, rest: join(u8(0), u16(offset | (more ? 1 : 0)), u32(id)) };
}

/** An authentication header with an integrity value of `valueBytes` (RFC 4302). */
export function authenticationExtension(valueBytes = 12): Extension {
  return {
    type: 51,
    rest: join(u8((12 + valueBytes) / 4 - 2), u16(0), u32(1, 1), new Uint8Array(valueBytes)),
  };
}

/** The checksum of a transport header with its pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1). */
export function transportChecksum(from: string, to: string, protocol: number, segment: Uint8Array): number {
  return internetChecksum(
    join(addressOctets(from), addressOctets(to), u32(segment.length, protocol), segment),
  );
}

/** An IP packet as fragments of at most `unitBytes` (a multiple of 8) of payload, in order. */
export function inFragments(packet: Uint8Array, unitBytes: number, id: number): Uint8Array[] {
  const isV4 = (packet[0] as number) >>> 4 === 4;
  const headerLength = isV4 ? ((packet[0] as number) & 15) * 4 : 40;
  const address = (at: number): string =>
    isV4
      ? packet.slice(at, at + 4).join('.')
      : Array.from({ length: 8 }, (_, i) =>
          (((packet[at + 2 * i] as number) << 8) | (packet[at + 2 * i + 1] as number)).toString(16),
        ).join(':');
  const [from, to] = isV4 ? [address(12), address(16)] : [address(8), address(24)];
  const protocol = packet[isV4 ? 9 : 6] as number;
  const payload = packet.slice(headerLength);
  const count = Math.ceil(payload.length / unitBytes);
  return Array.from({ length: count }, (_, i) => {
    const [offset, more] = [i * unitBytes, i < count - 1];
    const part = { from, to, protocol, payload: payload.slice(offset, offset + unitBytes) };
    return isV4
      ? ip({ ...part, id, fragmentOffset: offset, moreFragments: more })
      : ip({ ...part, extensions: [fragmentExtension(offset, more, id)] });
  });
}
