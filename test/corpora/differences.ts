import { factsOf } from './facts.ts';
import { tsharkFactsOf } from './tshark-facts.ts';
import { captureBytes, capturePaths } from './truth.ts';

const FIN = 'tshark counts a FIN without data that is sent again; we count data that is sent again';
const BLOCKS = 'tshark counts blocks of the file that are no packets';
const DATAGRAMS =
  'datagrams with equal addresses, identification and content; the filter behind the other count looks at TCP alone';
const BODY =
  'the response’s head is there; tshark waits for the rest of a body that the capture does not hold, and names no status';
const REFUSED_LINK = 'a link layer that is not read: nothing in it is analysed, and a finding says so';
const COPIES = 'tshark counts copies of packets that were captured twice';
const DUPLICATE_SACK =
  'the receiver says by D-SACK (RFC 2883 §4) that it had the data already; tshark does not look at such blocks';

/** Why our count is right where it is another than tshark's, by capture and fact; "*" stands for all facts of a capture. */
export const EXPLAINED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'captures/connect/injected_response.pcap': { 'TCP retransmissions': FIN },
  'captures/connect/syn_no_synack_seen.pcap': { 'HTTP 200': BODY },
  'captures/corrupt/bad_version.pcap': {
    packets:
      'tshark refuses a file of another version; its one packet can be read, and a finding names the version',
  },
  'captures/format/ipoib_be.pcap': { '*': REFUSED_LINK },
  'captures/format/ng_be_202_mixed_endian.pcapng': { packets: BLOCKS, 'packets captured twice': DATAGRAMS },
  'captures/format/ng_le_018_tsresol.pcapng': { packets: BLOCKS },
  'captures/format/ng_le_102_multi_shb.pcapng': { packets: BLOCKS },
  'captures/format/ng_mixed_links.pcapng': { 'packets captured twice': DATAGRAMS },
  'captures/format/raw_ip.pcap': { 'HTTP 200': BODY, 'packets captured twice': DATAGRAMS },
  'captures/format/sll2.pcap': { 'TCP retransmissions': FIN },
  'captures/format/unsupported_linktype_182.pcap': {
    packets: 'tshark does not open the file; we count its packets and say that none could be analysed',
  },
  'captures/format/wlan_radiotap_http.pcap': { '*': REFUSED_LINK },
  'captures/icmp/icmp_frag_needed_smtp.pcap': {
    'TCP retransmissions':
      'frame 27 sends again, in smaller pieces, what a router has just refused as too big; tshark takes it for out of order because it comes soon',
    'TCP out of order': 'the same frame 27: frame 22 never arrived, nothing was reordered',
  },
  'captures/l4/quic_vn.pcap': {
    'QUIC to localhost':
      'after Version Negotiation the client begins again with version 1, whose keys have another salt (RFC 9001 §5.2); tshark keeps those of the first attempt and decrypts nothing',
  },
  'captures/retrans/dup_capture_http.pcap': {
    'TCP spurious': COPIES,
    'TCP out of order': COPIES,
    'HTTP 200': COPIES,
  },
  'captures/retrans/dup_capture_loopback.pcapng': {
    'TCP retransmissions':
      'frames 15 and 16 agree in identification and time stamps and are 60 µs apart: one FIN, captured twice',
    'TCP spurious': COPIES,
    'HTTP 404': 'tshark does not put a response together whose segments it has twice',
  },
  'captures/retrans/dup_capture_routed.pcap': { 'TCP out of order': COPIES },
  'captures/retrans/reassembly_gaps.pcap': { 'TCP retransmissions': FIN },
  'captures/tunnel/bigtcp_vxlan.pcap': {
    '*': 'the packet inside has an IP length of 0, as BIG TCP has it; tshark 4.0 sees no TCP there',
  },
  'captures/tunnel/gre.pcap': {
    'DNS queries': 'a query that is asked again after it was rejected is two queries; tshark counts one',
  },
  'captures/window/keepalives_211.pcap': { 'TCP spurious': DUPLICATE_SACK },
  'lab/zerowin.pcap': { 'TCP spurious': DUPLICATE_SACK },
};

/** A fact of which our count and tshark's differ. */
export interface Difference {
  readonly path: string;
  readonly fact: string;
  readonly theirs: number;
  readonly ours: number;
}

/** All facts of all captures that were compared, and those that differ. */
export interface Comparison {
  readonly captures: number;
  readonly facts: number;
  readonly differences: readonly Difference[];
}

/** Compares each capture of the corpora with what tshark says of it. */
export function compareAll(): Comparison {
  const compared = capturePaths().flatMap((path) => {
    const theirs = tsharkFactsOf(path);
    if (theirs === undefined) return [];
    const ours = factsOf(captureBytes(path));
    const facts = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
    return [facts.map((fact) => ({ path, fact, theirs: theirs[fact] ?? 0, ours: ours[fact] ?? 0 }))];
  });
  const all = compared.flat();
  return {
    captures: compared.length,
    facts: all.length,
    differences: all.filter(({ theirs, ours }) => theirs !== ours),
  };
}

/** Why a difference is none of ours; undefined: nobody has said so yet. */
export function reasonOf({ path, fact }: Difference): string | undefined {
  return EXPLAINED[path]?.[fact] ?? EXPLAINED[path]?.['*'];
}
