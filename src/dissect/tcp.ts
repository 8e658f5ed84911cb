import { Layer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { Fault, PacketKind, TcpFlag } from './packet.ts';
import type { Packet } from './packet.ts';

/*
 * RFC 9293 §3.1:
 *   sourcePort:16 destinationPort:16 sequenceNumber:32 acknowledgmentNumber:32
 *   dataOffset:4 reserved:4 flags:8 window:16 checksum:16 urgentPointer:16 options
 */
const OPTION_END = 0;
const OPTION_NOP = 1;
const OPTION_MAXIMUM_SEGMENT_SIZE = 2;
const OPTION_WINDOW_SCALE = 3;
const OPTION_TIMESTAMPS = 8;
/** NOP NOP TIMESTAMPS length 10: how nearly every stack lays the option out. */
const USUAL_TIMESTAMPS = 0x0101080a;

/** Reads a TCP header. A header whose options were cut off by the snap length is still a TCP packet. */
export function dissectTcp(packet: Packet): LayerNumber {
  const { view, offset, end } = packet;
  if (end - offset < 14) return packet.fail(Fault.Truncated, Layer.Tcp);
  const headerLength = (view.getUint8(offset + 12) >>> 4) * 4;
  if (headerLength < 20) return packet.fail(Fault.Malformed, Layer.Tcp);
  packet.srcPort = view.getUint16(offset);
  packet.dstPort = view.getUint16(offset + 2);
  packet.seq = view.getInt32(offset + 4);
  packet.ack = view.getInt32(offset + 8);
  packet.tcpFlags = view.getUint8(offset + 13);
  packet.window = end - offset >= 16 ? view.getUint16(offset + 14) : 0;
  packet.checksum = end - offset >= 18 ? view.getUint16(offset + 16) : 0;
  packet.kind = PacketKind.Tcp;
  packet.payloadLength = Math.max(packet.ipPayloadLength - headerLength, 0);
  packet.payloadOffset = offset + headerLength;
  packet.payloadCaptured = Math.max(Math.min(end - packet.payloadOffset, packet.payloadLength), 0);
  if ((packet.tcpFlags & TcpFlag.Syn) !== 0)
    readSynOptions(packet, offset + 20, Math.min(offset + headerLength, end));
  packet.tsVal =
    headerLength >= 32 ? timestampValue(packet, offset + 20, Math.min(offset + headerLength, end)) : 0;
  return Layer.None;
}

function timestampValue(packet: Packet, from: number, end: number): number {
  const { view } = packet;
  if (end - from >= 12 && view.getInt32(from) === USUAL_TIMESTAMPS) return view.getInt32(from + 4);
  for (let at = from; at < end;) {
    const kind = view.getUint8(at);
    if (kind === OPTION_END) return 0;
    if (kind === OPTION_NOP) {
      at++;
      continue;
    }
    const length = at + 1 < end ? view.getUint8(at + 1) : 0;
    if (length < 2) return 0;
    if (kind === OPTION_TIMESTAMPS && length === 10 && at + 10 <= end) return view.getInt32(at + 2);
    at += length;
  }
  return 0;
}

/** Options that only a SYN carries (RFC 9293 §3.2, RFC 7323 §2.2). */
function readSynOptions(packet: Packet, from: number, end: number): void {
  const { view } = packet;
  packet.windowShift = -1;
  packet.mss = 0;
  for (let at = from; at < end;) {
    const kind = view.getUint8(at);
    if (kind === OPTION_END) return;
    if (kind === OPTION_NOP) {
      at++;
      continue;
    }
    const length = at + 1 < end ? view.getUint8(at + 1) : 0;
    if (length < 2 || at + length > end) return;
    if (kind === OPTION_MAXIMUM_SEGMENT_SIZE && length === 4) packet.mss = view.getUint16(at + 2);
    // RFC 7323 §2.3: a larger shift counts as 14.
    if (kind === OPTION_WINDOW_SCALE && length === 3)
      packet.windowShift = Math.min(view.getUint8(at + 2), 14);
    at += length;
  }
}
