import { Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import type { Packet } from './packet.ts';

/*
 * RFC 2003, RFC 4213 §3.5 and RFC 2473: an IP packet directly within another one, without a header of its own.
 */

/** Enters an IPv4 packet within an IP packet. */
export function dissectIpv4InIp(packet: Packet): LayerNumber {
  packet.enterTunnel(0);
  return Layer.Ipv4;
}

/** Enters an IPv6 packet within an IP packet. */
export function dissectIpv6InIp(packet: Packet): LayerNumber {
  packet.enterTunnel(0);
  return Layer.Ipv6;
}
