import { Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * RFC 3032 §2.1, one entry of the label stack:  label:20 class:3 bottom:1 timeToLive:8
 * What follows the last one is not named; its first four bits tell IP from a pseudowire's control word (RFC 4385 §3).
 */
const BOTTOM_OF_STACK = 0x100;
const CONTROL_WORD_BYTES = 4;

/** Reads an entry of an MPLS label stack. */
export function dissectMpls(packet: Packet): LayerNumber {
  const { view, offset, end } = packet;
  if (end - offset < 4) return packet.fail(Fault.Truncated, Layer.Mpls);
  packet.offset = offset + 4;
  if ((view.getInt32(offset) & BOTTOM_OF_STACK) === 0) return Layer.Mpls;
  if (packet.offset >= end) return packet.fail(Fault.Truncated, Layer.Mpls);
  switch (view.getUint8(packet.offset) >>> 4) {
    case 4:
      return Layer.Ipv4;
    case 6:
      return Layer.Ipv6;
    case 0:
      packet.offset += CONTROL_WORD_BYTES;
      return Layer.Ethernet;
    default:
      return Layer.None;
  }
}
