import { PacketKind } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';
import type { Finding } from '../detect/finding.ts';
import { type Ends, endsOf, quotedEnds } from './ends.ts';

/** Says whether a packet belongs to what was selected. */
export type PacketFilter = (packet: Packet) => boolean;

/**
 * Selects the packets of the conversations that findings of one capture speak of, in both directions: those of
 * their clients with their servers, ICMP errors about them, fragments between their hosts, and the evidence.
 */
export function packetsOfFindings(findings: readonly Finding[]): PacketFilter {
  const frames = new Set(findings.flatMap((finding) => finding.frames));
  const endpoints = new Set<string>();
  const hosts = new Set<string>();
  for (const { client, server, details } of findings) {
    for (const end of [server, ...(details.answeredBy ?? []), ...(details.servers ?? [])]) {
      if (client === '' || end === '') continue;
      endpoints.add(`${client} ${end}`);
      hosts.add(`${client} ${addressOf(end)}`);
    }
  }
  // An address without a port stands for all its ports.
  const isOneWay = (client: string, server: string, serverEndpoint: string): boolean =>
    endpoints.has(`${client} ${serverEndpoint}`) ||
    endpoints.has(`${client} ${server}`) ||
    endpoints.has(`* ${serverEndpoint}`);
  const isTheirs = ({ source, destination, sourceEndpoint, destinationEndpoint }: Ends): boolean =>
    isOneWay(source, destination, destinationEndpoint) || isOneWay(destination, source, sourceEndpoint);
  const isBetween = ({ source, destination }: Ends): boolean =>
    hosts.has(`${source} ${destination}`) || hosts.has(`${destination} ${source}`);
  return (packet) => {
    if (frames.has(packet.frameNumber)) return true;
    const ends = endsOf(packet);
    if (ends === null) return false;
    const quoted = quotedEnds(packet);
    if (quoted !== null) return isTheirs(quoted);
    return packet.kind === PacketKind.Fragment ? isBetween(ends) : isTheirs(ends);
  };
}

/** "[fd00::1]:80" → "fd00::1", "10.0.0.1:80" → "10.0.0.1"; an address alone stays as it is. */
function addressOf(endpoint: string): string {
  return /^\[(.+)\](?::\d+)?$/.exec(endpoint)?.[1] ?? /^([^:]+):\d+$/.exec(endpoint)?.[1] ?? endpoint;
}
