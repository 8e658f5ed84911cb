import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault, Packet, PacketKind } from '../../src/dissect/packet.ts';
import { dnsQuery } from '../packets/dns.ts';
import { authenticationExtension, fragmentExtension, ip, optionsExtension } from '../packets/ip.ts';
import {
  ethernet,
  geneve,
  gre,
  linuxCooked,
  linuxCooked2,
  LinkType,
  loopback,
  mpls,
  nflog,
  ppp,
  vlan,
  vxlan,
} from '../packets/link.ts';
import { ascii, join, u16, u8 } from '../packets/octets.ts';
import { arp, icmpError, tcp } from '../packets/transport.ts';
import { dissectBytes, fieldsOf } from './dissect-bytes.ts';

const V4 = { from: '10.244.1.5:40000', to: '10.96.3.4:80' };
const V6 = { from: '[fd00::5]:40000', to: '[fd00::4]:80' };
const outer = { from: '172.30.0.11', to: '172.30.0.12' };
const segment = tcp({
  ...V4,
  flags: 'PA',
  tcpOptions: u8(2, 4, 5, 0xb4),
  tsVal: 1,
  payload: ascii('GET /'),
  options: u8(1, 1, 1, 1),
});
const segment6 = tcp({
  ...V6,
  flags: 'S',
  extensions: [optionsExtension(0), authenticationExtension(), fragmentExtension(0, false, 1)],
});

/** One frame for each dissector and each way between them. */
const STACKS: readonly { readonly name: string; readonly linkType: number; readonly bytes: Uint8Array }[] = [
  { name: 'TCP on Ethernet', linkType: LinkType.Ethernet, bytes: ethernet(segment) },
  { name: 'TCP on IPv6 with extension headers', linkType: LinkType.Ipv6, bytes: segment6 },
  { name: 'TCP on two VLAN tags', linkType: LinkType.Ethernet, bytes: vlan([1, 2], segment) },
  { name: 'TCP on RAW', linkType: LinkType.Raw, bytes: segment },
  { name: 'TCP on SLL', linkType: LinkType.LinuxSll, bytes: linuxCooked(segment) },
  { name: 'TCP on SLL2', linkType: LinkType.LinuxSll2, bytes: linuxCooked2(segment) },
  { name: 'TCP on NULL', linkType: LinkType.Null, bytes: loopback(segment, 2, true) },
  {
    name: 'SCTP',
    linkType: LinkType.Ipv4,
    bytes: ip({ ...outer, protocol: 132, payload: u8(1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1) }),
  },
  { name: 'TCP on PPP', linkType: LinkType.Ppp, bytes: ppp(segment, true, false) },
  { name: 'TCP on MPLS', linkType: LinkType.Ethernet, bytes: mpls([16, 17], segment) },
  {
    name: 'TCP in Geneve',
    linkType: LinkType.Ethernet,
    bytes: ethernet(geneve({ ...outer, vni: 1, options: u8(1, 2, 3, 4) }, ethernet(segment), 0x6558)),
  },
  {
    name: 'TCP behind an authentication header',
    linkType: LinkType.Ipv4,
    bytes: ip({
      ...outer,
      protocol: 51,
      payload: join(u8(4, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2), segment),
    }),
  },
  { name: 'TCP on NFLOG', linkType: LinkType.NfLog, bytes: nflog(segment) },
  {
    name: 'DNS on UDP',
    linkType: LinkType.Ethernet,
    bytes: ethernet(dnsQuery({ ...V4, name: 'a.example' })),
  },
  {
    name: 'ARP',
    linkType: LinkType.Ethernet,
    bytes: ethernet(arp({ operation: 'request', sender: '10.0.0.1', target: '10.0.0.2' }), 0x0806),
  },
  {
    name: 'ICMP that quotes',
    linkType: LinkType.Ethernet,
    bytes: ethernet(icmpError({ from: '10.0.0.1', to: '10.244.1.5', quoting: segment })),
  },
  {
    name: 'ICMPv6 that quotes',
    linkType: LinkType.Ethernet,
    bytes: ethernet(icmpError({ from: 'fd00::1', to: 'fd00::5', quoting: tcp({ ...V6, flags: 'S' }) })),
  },
  {
    name: 'TCP in VXLAN',
    linkType: LinkType.Ethernet,
    bytes: ethernet(vxlan({ ...outer, vni: 1 }, ethernet(segment))),
  },
  {
    name: 'TCP in PPPoE',
    linkType: LinkType.Ethernet,
    bytes: ethernet(join(u8(0x11, 0), u16(7, segment.length + 2, 0x0021), segment), 0x8864),
  },
  {
    name: 'TCP in GRE',
    linkType: LinkType.Ethernet,
    bytes: ethernet(gre({ ...outer, key: 1, sequence: 2, checksum: true }, segment)),
  },
];

/** Bytes of the headers that must be there for the innermost one to count. */
const WHOLE_KINDS: ReadonlySet<number> = new Set([
  PacketKind.Tcp,
  PacketKind.Udp,
  PacketKind.Icmp,
  PacketKind.Icmpv6,
  PacketKind.Sctp,
  PacketKind.Arp,
]);

describe.each(STACKS)('$name', ({ linkType, bytes }) => {
  const whole = dissectBytes(bytes, { linkType });

  test('is read without a fault', () => {
    expect(whole.fault).toBe(Fault.None);
    expect(WHOLE_KINDS).toContain(whole.kind);
  });

  test('cut anywhere, it is what was captured or marked as truncated; nothing behind the end is read', () => {
    for (let length = 0; length < bytes.length; length++) {
      const options = { linkType, originalLength: bytes.length };
      const zeros = dissectBytes(bytes.subarray(0, length), { ...options, surroundings: 0 });
      const ones = dissectBytes(bytes.subarray(0, length), { ...options, surroundings: 0xff });
      expect(fieldsOf(ones)).toEqual(fieldsOf(zeros));
      expect([Fault.None, Fault.Truncated]).toContain(zeros.fault);
      if (zeros.fault === Fault.None) expect(zeros.kind).toBe(whole.kind);
    }
  });

  test('with any bytes changed, the reading ends, and within the frame', () => {
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(changes, (all) => {
        const changed = bytes.slice();
        for (const [index, value] of all) changed[index] = value;
        const [zeros, ones] = [0, 0xff].map((surroundings) =>
          fieldsOf(dissectBytes(changed, { linkType, surroundings })),
        );
        expect(ones).toEqual(zeros);
      }),
      { numRuns: 300 },
    );
  });
});

test('random bytes of any link type are dissected within the frame', () => {
  const linkTypes = fc.constantFrom(...Object.values(LinkType), 999);
  fc.assert(
    fc.property(
      linkTypes,
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(100_000),
      (linkType, bytes, originalLength) => {
        const [zeros, ones] = [0, 0xff].map((surroundings) =>
          dissectBytes(bytes, { linkType, surroundings, originalLength }),
        ) as [Packet, Packet];
        expect(fieldsOf(ones)).toEqual(fieldsOf(zeros));
        expect(zeros.payloadCaptured).toBeLessThanOrEqual(bytes.length);
        expect(zeros.payloadLength).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 1000 },
  );
});

test('a record that is used again gives what a new one gives', () => {
  fc.assert(
    fc.property(fc.constantFrom(...STACKS), fc.constantFrom(...STACKS), (before, after) => {
      const packet = new Packet();
      dissectBytes(before.bytes, { linkType: before.linkType, packet });
      dissectBytes(after.bytes, { linkType: after.linkType, packet });
      const fresh = dissectBytes(after.bytes, { linkType: after.linkType });
      for (const field of FIELDS_OF_KIND[fresh.kind] ?? []) expect(packet[field], field).toBe(fresh[field]);
    }),
  );
});

const COMMON = [
  'fault',
  'kind',
  'vlanId',
  'tunnelId',
  'tunnelDepth',
  'fragmentOffset',
  'moreFragments',
  'quoteProtocol',
  'payloadLength',
  'payloadCaptured',
] as const;
const IP = [
  'ipVersion',
  'src0',
  'src1',
  'src2',
  'src3',
  'dst0',
  'dst1',
  'dst2',
  'dst3',
  'ttl',
  'ipId',
  'ipProtocol',
  'ipPayloadLength',
  'srcPort',
  'dstPort',
  'tcpFlags',
  'tsVal',
  'checksum',
] as const;
const TCP = ['seq', 'ack', 'window', 'payloadOffset'] as const;

/** Fields that mean something for a kind of packet. */
const FIELDS_OF_KIND: Readonly<Record<number, readonly Exclude<keyof Packet, 'view' | 'reset' | 'fail'>[]>> =
  {
    [PacketKind.Tcp]: [...COMMON, ...IP, ...TCP],
    [PacketKind.Udp]: [...COMMON, ...IP],
    [PacketKind.Icmp]: [...COMMON, ...IP, 'icmpType', 'icmpCode'],
    [PacketKind.Icmpv6]: [...COMMON, ...IP, 'icmpType', 'icmpCode'],
    [PacketKind.Arp]: [...COMMON, 'arpOperation', 'arpSender', 'arpTarget'],
  };
