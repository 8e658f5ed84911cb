import type { FindingId } from '../detect/finding.ts';
import { UserError } from '../errors.ts';

/**
 * What a recorder waits for in the pod, where no detector runs: an expression of pcap-filter(7).
 * `first`: the first packet that matches; `repeat`: a matching packet that is sent a second time. A
 * trigger is coarser than its finding, and the detectors judge what was kept.
 */
export interface Trigger {
  readonly mode: 'first' | 'repeat';
  readonly expression: string;
}

/** Reads bytes of a segment: from its header on, or from its payload on. */
interface SegmentBytes {
  readonly header: (offset: number, lengthBytes?: number) => string;
  readonly payload: (offset: number, lengthBytes?: number) => string;
}

/** In a TCP segment of either IP version; libpcap's `tcp[…]` reads IPv4 only. The payload begins behind the header's length (RFC 9293 §3.1). */
function tcp(test: (bytes: SegmentBytes) => string): string {
  const four = test({
    header: (offset, length = 1) => `tcp[${offset}:${length}]`,
    payload: (offset, length = 1) => `tcp[((tcp[12] & 0xf0) >> 2) + ${offset}:${length}]`,
  });
  const six = test({
    header: (offset, length = 1) => `ip6[${40 + offset}:${length}]`,
    payload: (offset, length = 1) => `ip6[((ip6[52] & 0xf0) >> 2) + ${40 + offset}:${length}]`,
  });
  return `(tcp and (${four})) or (ip6[6] = 6 and (${six}))`;
}

/** In a DNS response over UDP of either IP version; the flags are the third and fourth byte (RFC 1035 §4.1.1). */
function dns(test: (high: string, low: string) => string): string {
  const four = `udp src port 53 and (${test('udp[10]', 'udp[11]')})`;
  const six = `ip6[6] = 17 and ip6[40:2] = 53 and (${test('ip6[50]', 'ip6[51]')})`;
  return `(${four}) or (${six})`;
}

const responseCode = (code: number): string => dns((_, low) => `${low} & 15 = ${code}`);

const triggers: Readonly<Partial<Record<FindingId, Trigger>>> = {
  'dns-no-answer': { mode: 'repeat', expression: 'udp dst port 53' },
  'dns-nxdomain': { mode: 'first', expression: responseCode(3) },
  // ICMP port unreachable that quotes a datagram to port 53.
  'dns-port-unreachable': {
    mode: 'first',
    expression: 'icmp[0] = 3 and icmp[1] = 3 and icmp[17] = 17 and icmp[30:2] = 53',
  },
  'dns-refused': { mode: 'first', expression: responseCode(5) },
  'dns-servfail': { mode: 'first', expression: responseCode(2) },
  'dns-truncated': { mode: 'first', expression: dns((high) => `${high} & 0x82 = 0x82`) },
  'http-5xx': {
    mode: 'first',
    // "HTTP", and behind the version " 5".
    expression: tcp(({ payload }) => `${payload(0, 4)} = 0x48545450 and ${payload(8, 2)} = 0x2035`),
  },
  'icmp-unreachable': { mode: 'first', expression: 'icmp[0] = 3 or (ip6[6] = 58 and ip6[40] = 1)' },
  'path-mtu-discovery': {
    mode: 'first',
    expression: '(icmp[0] = 3 and icmp[1] = 4) or (ip6[6] = 58 and ip6[40] = 2)',
  },
  // A segment to a closed port is answered by RST with sequence number 0 (RFC 9293 §3.5.2).
  'tcp-refused': {
    mode: 'first',
    expression: tcp(({ header }) => `${header(13)} & 0x14 = 0x14 and ${header(4, 4)} = 0`),
  },
  'tcp-rejected-by-icmp': {
    mode: 'first',
    expression: '(icmp[0] = 3 and icmp[17] = 6) or (ip6[6] = 58 and ip6[40] = 1 and ip6[54] = 6)',
  },
  'tcp-reset-after-idle': {
    mode: 'first',
    expression: tcp(({ header }) => `${header(13)} & 4 != 0 and ${header(4, 4)} != 0`),
  },
  'tcp-reset-midstream': {
    mode: 'first',
    expression: tcp(({ header }) => `${header(13)} & 4 != 0 and ${header(4, 4)} != 0`),
  },
  'tcp-syn-ack-no-answer': { mode: 'repeat', expression: tcp(({ header }) => `${header(13)} & 0x12 = 0x12`) },
  'tcp-syn-no-answer': { mode: 'repeat', expression: tcp(({ header }) => `${header(13)} & 0x12 = 2`) },
  'tcp-zero-window': {
    mode: 'first',
    expression: tcp(({ header }) => `${header(14, 2)} = 0 and ${header(13)} & 0x17 = 0x10`),
  },
  // A fatal alert before encryption: content type 21, length 2, level 2 (RFC 8446 §5.1, §6).
  'tls-alert': {
    mode: 'first',
    expression: tcp(({ payload }) => `${payload(0)} = 21 and ${payload(3, 2)} = 2 and ${payload(5)} = 2`),
  },
  'ttl-exceeded': { mode: 'first', expression: 'icmp[0] = 11 or (ip6[6] = 58 and ip6[40] = 3)' },
};

/** The findings that a recorder can wait for, sorted. */
export const triggerIds: readonly FindingId[] = (Object.keys(triggers) as FindingId[]).toSorted();

/** The trigger of a finding. Throws UserError for one that no expression can tell. */
export function triggerOf(id: string): Trigger {
  const trigger = Object.hasOwn(triggers, id) ? triggers[id as FindingId] : undefined;
  if (trigger !== undefined) return trigger;
  throw new UserError(
    `A recorder cannot wait for "${id}"`,
    'nobody judges packets in the pod while the client is away; a tcpdump expression must tell it',
    `It can wait for: ${triggerIds.join(', ')}`,
  );
}
