import { Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * LINKTYPE_NULL, LINKTYPE_LOOP:  addressFamily:32
 * NULL writes it in the byte order of the capturing host, which need not be ours, LOOP in network
 * order. AF_INET is 2 everywhere; AF_INET6 is 10, 23, 24, 28 or 30, depending on the system.
 */

/** Reads the address family in whichever byte order makes it small. */
export function dissectLoopback(packet: Packet): LayerNumber {
  if (packet.end - packet.offset < 4) return packet.fail(Fault.Truncated, Layer.Loopback);
  const networkOrder = packet.view.getUint32(packet.offset);
  const family = networkOrder > 0xffff ? packet.view.getUint32(packet.offset, true) : networkOrder;
  packet.offset += 4;
  switch (family) {
    case 2:
      return Layer.Ipv4;
    case 10:
    case 23:
    case 24:
    case 28:
    case 30:
      return Layer.Ipv6;
    default:
      return Layer.None;
  }
}

/** Link types without a header: the version is in the first half byte. */
export function dissectRawIp(packet: Packet): LayerNumber {
  if (packet.end - packet.offset < 1) return packet.fail(Fault.Truncated, Layer.RawIp);
  const version = packet.view.getUint8(packet.offset) >>> 4;
  if (version === 4) return Layer.Ipv4;
  return version === 6 ? Layer.Ipv6 : packet.fail(Fault.Malformed, Layer.RawIp);
}
