import { ip, transportChecksum } from './ip.ts';
import type { IpOptions } from './ip.ts';
import { addressOctets, internetChecksum, join, padTo, splitEndpoint, u16, u32, u8 } from './octets.ts';

const FLAG_BITS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32, E: 64, C: 128 };

/** A TCP segment: "S", "SA", "A", "PA", "FA", "R", "RA" … as tcpdump's filters name the flags. */
export interface Segment extends IpOptions {
  readonly from: string;
  readonly to: string;
  readonly flags: string;
  readonly seq?: number;
  readonly ack?: number;
  readonly window?: number;
  /** TSval; a timestamps option is written if it is given. */
  readonly tsVal?: number;
  /** Options in their raw form; they stand before the time stamps. */
  readonly tcpOptions?: Uint8Array;
  readonly payload?: Uint8Array;
}

/** An IP packet with a TCP segment. */
export function tcp(segment: Segment): Uint8Array {
  const { from, to, flags, payload = u8(), tcpOptions = u8(), tsVal } = segment;
  const [source, target] = [splitEndpoint(from), splitEndpoint(to)];
  const stamps = tsVal === undefined ? u8() : join(u8(1, 1, 8, 10), u32(tsVal, 0));
  const options = padTo(4, join(tcpOptions, stamps));
  const bits = [...flags].reduce((sum, flag) => sum | (FLAG_BITS[flag] as number), 0);
  const bytes = join(
    u16(source.port, target.port),
    u32(segment.seq ?? 0, segment.ack ?? 0),
    u8(((20 + options.length) / 4) << 4, bits),
    u16(segment.window ?? 64240, 0, 0),
    options,
    payload,
  );
  bytes.set(u16(transportChecksum(source.address, target.address, 6, bytes)), 16);
  return ip({ ...segment, from: source.address, to: target.address, protocol: 6, payload: bytes });
}

export interface Datagram extends IpOptions {
  readonly from: string;
  readonly to: string;
  readonly payload: Uint8Array;
  /** What the UDP length field says instead of the truth. */
  readonly claimedUdpLength?: number;
}

/** An IP packet with a UDP datagram. */
export function udp(datagram: Datagram): Uint8Array {
  const { from, to, payload } = datagram;
  const [source, target] = [splitEndpoint(from), splitEndpoint(to)];
  const bytes = join(
    u16(source.port, target.port, datagram.claimedUdpLength ?? 8 + payload.length, 0),
    payload,
  );
  bytes.set(u16(transportChecksum(source.address, target.address, 17, bytes)), 6);
  return ip({ ...datagram, from: source.address, to: target.address, protocol: 17, payload: bytes });
}

export interface IcmpMessage extends IpOptions {
  readonly from: string;
  readonly to: string;
  readonly type: number;
  readonly code?: number;
  /** The 32 bits behind the checksum: identifier and sequence number, or unused. */
  readonly rest?: number;
  readonly payload?: Uint8Array;
}

/** An IP packet with an ICMP or, between IPv6 addresses, ICMPv6 message. */
export function icmp(message: IcmpMessage): Uint8Array {
  const bytes = join(
    u8(message.type, message.code ?? 0),
    u16(0),
    u32(message.rest ?? 0),
    message.payload ?? u8(),
  );
  const isVersion6 = message.from.includes(':');
  const checksum = isVersion6
    ? transportChecksum(message.from, message.to, 58, bytes)
    : internetChecksum(bytes);
  bytes.set(u16(checksum), 2);
  return ip({ ...message, protocol: isVersion6 ? 58 : 1, payload: bytes });
}

/** "Destination unreachable" with a code, quoting a packet or the first `quotedBytes` of it. */
export function icmpError(error: {
  readonly from: string;
  readonly to: string;
  readonly quoting: Uint8Array;
  readonly type?: number;
  readonly code?: number;
  readonly quotedBytes?: number;
}): Uint8Array {
  const isVersion6 = error.from.includes(':');
  return icmp({
    from: error.from,
    to: error.to,
    type: error.type ?? (isVersion6 ? 1 : 3),
    code: error.code ?? (isVersion6 ? 4 : 3),
    payload: error.quoting.slice(0, error.quotedBytes ?? 576 - 28),
  });
}

/** An ARP packet for IPv4 on Ethernet, the payload of an Ethernet frame of type 0x0806. */
export function arp(packet: {
  readonly operation: 'request' | 'reply';
  readonly sender: string;
  readonly target: string;
  /** Last octet of the sender's hardware address. */
  readonly host?: number;
}): Uint8Array {
  const isRequest = packet.operation === 'request';
  return join(
    u16(1, 0x0800),
    u8(6, 4),
    u16(isRequest ? 1 : 2),
    u8(2, 0, 0, 0, 0, packet.host ?? 1),
    addressOctets(packet.sender),
    isRequest ? new Uint8Array(6) : u8(2, 0, 0, 0, 0, 2),
    addressOctets(packet.target),
  );
}
