import type { IpOptions } from './ip.ts';
import { ascii, join, u16, u32, u8 } from './octets.ts';
import { udp } from './transport.ts';

const TYPES: Readonly<Record<string, number>> = { A: 1, CNAME: 5, PTR: 12, TXT: 16, AAAA: 28, SRV: 33 };
const RCODES: Readonly<Record<string, number>> = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
};

export interface DnsQuestion {
  readonly name: string;
  /** "A" unless given. */
  readonly type?: string;
  readonly id?: number;
}

export interface DnsReply extends DnsQuestion {
  readonly rcode?: string;
  /** Number of address records; 1 for NOERROR unless given. */
  readonly answers?: number;
  /** Last byte of the address that they hold, 10.96.3.4 unless given. */
  readonly host?: number;
  readonly truncated?: boolean;
  /** Leaves the question out, as some servers do in errors. */
  readonly withoutQuestion?: boolean;
}

/** A name on the wire, uncompressed. */
export function dnsName(name: string): Uint8Array {
  const labels = name === '' || name === '.' ? [] : name.replace(/\.$/, '').split('.');
  return join(...labels.map((label) => join(u8(label.length), ascii(label))), u8(0));
}

function question({ name, type = 'A' }: DnsQuestion): Uint8Array {
  return join(dnsName(name), u16(TYPES[type] as number, 1));
}

/** The message of a query. */
export function dnsQueryMessage(query: DnsQuestion): Uint8Array {
  return join(u16(query.id ?? 1, 0x0100, 1, 0, 0, 0), question(query));
}

/** The message of a response; its address records point at the question's name. */
export function dnsReplyMessage(reply: DnsReply): Uint8Array {
  const rcode = RCODES[reply.rcode ?? 'NOERROR'] as number;
  const count = reply.answers ?? (rcode === 0 ? 1 : 0);
  const flags = 0x8180 | (reply.truncated === true ? 0x0200 : 0) | rcode;
  const record = join(u16(0xc00c, 1, 1), u32(30), u16(4), u8(10, 96, 3, reply.host ?? 4));
  const asked = reply.withoutQuestion === true ? u8() : question(reply);
  return join(
    u16(reply.id ?? 1, flags, reply.withoutQuestion === true ? 0 : 1, count, 0, 0),
    asked,
    ...Array.from({ length: count }, () => record),
  );
}

/** A message with its length before it, as DNS over TCP has it (RFC 1035 §4.2.2). */
export function overTcp(message: Uint8Array): Uint8Array {
  return join(u16(message.length), message);
}

interface Way extends Omit<IpOptions, 'id'> {
  readonly from: string;
  readonly to: string;
}

/** An IP packet with a query over UDP. */
export function dnsQuery(query: DnsQuestion & Way): Uint8Array {
  return udp({ ...query, payload: dnsQueryMessage(query), id: 0 });
}

/** An IP packet with a response over UDP. */
export function dnsAnswer(reply: DnsReply & Way): Uint8Array {
  return udp({ ...reply, payload: dnsReplyMessage(reply), id: 0 });
}
