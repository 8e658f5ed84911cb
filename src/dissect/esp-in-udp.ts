import type { Packet } from './packet.ts';

/*
 * RFC 3948 §2: on port 4500 ESP shares UDP with IKE, which has a marker of four zero octets in front, and with
 * keep-alives of one octet.
 *   securityParametersIndex:32 sequenceNumber:32 encrypted …
 */
const NAT_TRAVERSAL_PORT = 4500;
/** Smaller indexes are reserved, and 0 is never sent (RFC 4303 §2.1). */
const LEAST_INDEX = 256;
/** Index, sequence number and the shortest that is encrypted: two octets padded to four, and a checksum of 12. */
const LEAST_BYTES = 8 + 4 + 12;

/** Whether a UDP packet is one of ESP that goes through address translation. */
export function isEspInUdp(packet: Packet): boolean {
  if (packet.srcPort !== NAT_TRAVERSAL_PORT && packet.dstPort !== NAT_TRAVERSAL_PORT) return false;
  if (packet.payloadLength < LEAST_BYTES || packet.payloadCaptured < 4) return false;
  return packet.view.getUint32(packet.payloadOffset) >= LEAST_INDEX;
}
