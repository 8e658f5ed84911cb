import type { ConversationGroup } from '../conversations/conversation.ts';
import type { Finding } from '../detect/finding.ts';
import { DnsMessage } from '../dissect/dns.ts';
import { PacketKind } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';
import { type Ends, endsOf, quotedEnds } from './ends.ts';
import { type PacketFilter, packetsOfFindings } from './finding-packets.ts';
import type { Protocol, Selection, Term } from './selection.ts';

/** What a report knows that selections refer to. */
export interface Selectable {
  readonly findings: readonly Finding[];
  readonly conversations: readonly ConversationGroup[];
  /** Addresses by name, lower case. */
  readonly addresses: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A selection that refers to something that the report does not have, as a sentence. */
export class NothingSelected extends Error {
  override readonly name = 'NothingSelected';
}

const DNS_PORT = 53;
const message = new DnsMessage();

/** Says of each packet whether it is selected. Throws {@link NothingSelected} for a finding or conversation that is not there. */
export function selectPackets(selection: Selection, from: Selectable): PacketFilter {
  const filters = selection.map((terms) => terms.map((term) => filterOf(term, from)));
  return (packet) => filters.some((all) => all.every((filter) => filter(packet)));
}

function filterOf(term: Term, from: Selectable): PacketFilter {
  switch (term.by) {
    case 'finding':
      return packetsOfFindings(findingsOf(term.id, term.number, from.findings));
    case 'conversation':
      return inConversation(conversationOf(term.number, from.conversations));
    case 'host':
      return withEnds((ends) => ends.source === term.address || ends.destination === term.address);
    case 'name':
      return ofName(term.name, from.addresses);
    case 'port':
      return ofPort(term.port);
    case 'protocol':
      return (packet) => isOfProtocol(packet, term.protocol);
    case 'frame':
      return ({ frameNumber }) => frameNumber >= term.first && frameNumber <= term.last;
  }
}

/** The findings with this id, or the one with this number in the report. Throws {@link NothingSelected}. */
export function findingsOf(id: string, number: number | null, all: readonly Finding[]): readonly Finding[] {
  const found = number === null ? all.filter((finding) => finding.id === id) : all.slice(number - 1, number);
  if (found.length > 0) return found;
  const ids = [...new Set(all.map((finding) => finding.id))];
  throw new NothingSelected(
    ids.length === 0
      ? `there is no finding "${id}" in this capture: nothing was found in it`
      : `there is no finding "${id}" in this capture: it has ${ids.join(', ')}`,
  );
}

function conversationOf(number: number, all: readonly ConversationGroup[]): ConversationGroup {
  const found = all[number - 1];
  if (found !== undefined) return found;
  throw new NothingSelected(
    `there is no conversation ${number}: -o wide numbers them from 1 to ${all.length}`,
  );
}

function inConversation({ client, server, protocol }: ConversationGroup): PacketFilter {
  const kind = protocol === 'TCP' ? PacketKind.Tcp : PacketKind.Udp;
  const isBetween = withEnds(
    (ends) =>
      (ends.destinationEndpoint === server && (client === '*' || ends.source === client)) ||
      (ends.sourceEndpoint === server && (client === '*' || ends.destination === client)),
  );
  return (packet) => (packet.kind === kind || packet.quoteProtocol !== 0) && isBetween(packet);
}

/** Packets of the addresses that have this name, and what was asked about it. */
function ofName(name: string, addresses: Selectable['addresses']): PacketFilter {
  const known = addresses.get(name) ?? new Set<string>();
  const isTheirs = withEnds((ends) => known.has(ends.source) || known.has(ends.destination));
  return (packet) => isTheirs(packet) || asksFor(packet, name);
}

/** Whether it is a query or an answer about the name, or about it with a search domain behind. */
function asksFor(packet: Packet, name: string): boolean {
  if (!isOfProtocol(packet, 'dns')) return false;
  const asked = String.fromCharCode(...message.name.subarray(0, message.nameLength)).toLowerCase();
  return message.hasQuestion && (asked === name || asked.startsWith(`${name}.`));
}

function ofPort(port: number): PacketFilter {
  return (packet) => {
    const { kind, quoteProtocol } = packet;
    if (kind === PacketKind.Tcp || kind === PacketKind.Udp)
      return packet.srcPort === port || packet.dstPort === port;
    const hasPorts = quoteProtocol === 6 || quoteProtocol === 17;
    return hasPorts && (packet.quoteSrcPort === port || packet.quoteDstPort === port);
  };
}

function isOfProtocol(packet: Packet, protocol: Protocol): boolean {
  const { kind, payloadOffset: from } = packet;
  switch (protocol) {
    case 'tcp':
      return kind === PacketKind.Tcp;
    case 'udp':
      return kind === PacketKind.Udp;
    case 'icmp':
      return kind === PacketKind.Icmp || kind === PacketKind.Icmpv6;
    case 'arp':
      return kind === PacketKind.Arp;
    case 'dns':
      return (
        kind === PacketKind.Udp &&
        (packet.srcPort === DNS_PORT || packet.dstPort === DNS_PORT) &&
        message.read(packet.view, from, from + packet.payloadCaptured)
      );
  }
}

/** A packet, or the one that an ICMP error quotes, whose ends are wanted. */
function withEnds(isWanted: (ends: Ends) => boolean): PacketFilter {
  return (packet) => {
    const [own, quoted] = [endsOf(packet), quotedEnds(packet)];
    return (own !== null && isWanted(own)) || (quoted !== null && isWanted(quoted));
  };
}
