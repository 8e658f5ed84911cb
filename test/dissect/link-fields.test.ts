import { describe, expect, test } from 'vitest';
import { Fault, PacketKind } from '../../src/dissect/packet.ts';
import { ArpOperation } from '../../src/dissect/arp.ts';
import { ip } from '../packets/ip.ts';
import {
  ethernet,
  gre,
  linuxCooked,
  linuxCooked2,
  LinkType,
  loopback,
  nflog,
  vlan,
  vxlan,
} from '../packets/link.ts';
import { join, u16, u32, u8 } from '../packets/octets.ts';
import { arp, tcp, udp } from '../packets/transport.ts';
import { dissectBytes, dissectIp, word } from './dissect-bytes.ts';

const V4 = { from: '10.244.1.5:40000', to: '10.96.3.4:80' };
const V6 = { from: '[fd00:10:244:1::5]:40000', to: '[fd00:10:96::4]:80' };
const syn = tcp({ ...V4, flags: 'S', seq: 0xfffffffe, tsVal: 99, ttl: 61, id: 0x1234 });
const syn6 = tcp({ ...V6, flags: 'S', seq: 7 });

describe('link types', () => {
  test.each([
    { name: 'Ethernet', linkType: LinkType.Ethernet, wrap: (packet: Uint8Array) => ethernet(packet) },
    {
      name: 'NULL of a little-endian host',
      linkType: LinkType.Null,
      wrap: (packet: Uint8Array) => loopback(packet, packet === syn ? 2 : 30, true),
    },
    {
      name: 'NULL of a big-endian host',
      linkType: LinkType.Null,
      wrap: (packet: Uint8Array) => loopback(packet, packet === syn ? 2 : 24, false),
    },
    {
      name: 'LOOP',
      linkType: LinkType.Loop,
      wrap: (packet: Uint8Array) => loopback(packet, packet === syn ? 2 : 28, false),
    },
    { name: 'RAW (12)', linkType: LinkType.RawBsd, wrap: (packet: Uint8Array) => packet },
    { name: 'RAW (101)', linkType: LinkType.Raw, wrap: (packet: Uint8Array) => packet },
    { name: 'LINUX_SLL', linkType: LinkType.LinuxSll, wrap: linuxCooked },
    { name: 'LINUX_SLL2', linkType: LinkType.LinuxSll2, wrap: (packet: Uint8Array) => linuxCooked2(packet) },
    { name: 'NFLOG', linkType: LinkType.NfLog, wrap: nflog },
  ])('$name leads to IPv4 and IPv6', ({ linkType, wrap }) => {
    expect(dissectBytes(wrap(syn), { linkType })).toMatchObject({
      kind: PacketKind.Tcp,
      ipVersion: 4,
      srcPort: 40000,
      fault: 0,
    });
    expect(dissectBytes(wrap(syn6), { linkType })).toMatchObject({
      kind: PacketKind.Tcp,
      ipVersion: 6,
      srcPort: 40000,
      fault: 0,
    });
  });

  test('IPV4 and IPV6 need no header', () => {
    expect(dissectBytes(syn, { linkType: LinkType.Ipv4 })).toMatchObject({
      kind: PacketKind.Tcp,
      ipVersion: 4,
    });
    expect(dissectBytes(syn6, { linkType: LinkType.Ipv6 })).toMatchObject({
      kind: PacketKind.Tcp,
      ipVersion: 6,
    });
  });

  test('SLL2 carries the interface', () => {
    expect(dissectBytes(linuxCooked2(syn, 17), { linkType: LinkType.LinuxSll2 }).interfaceId).toBe(17);
  });

  test('the last VLAN tag counts', () => {
    expect(dissectBytes(vlan([100], syn))).toMatchObject({ vlanId: 100, kind: PacketKind.Tcp });
    expect(dissectBytes(vlan([100, 7], syn))).toMatchObject({ vlanId: 7, kind: PacketKind.Tcp });
    expect(dissectBytes(ethernet(syn)).vlanId).toBe(-1);
  });

  test('another link type is said, not guessed', () => {
    expect(dissectBytes(syn, { linkType: 182 })).toMatchObject({
      fault: Fault.UnsupportedLink,
      kind: PacketKind.Other,
      linkType: 182,
    });
  });

  test.each([
    { what: '802.3 length', bytes: ethernet(u8(0x42, 0x42, 3), 3), linkType: LinkType.Ethernet },
    { what: 'an unknown EtherType', bytes: ethernet(u32(0), 0x88cc), linkType: LinkType.Ethernet },
    { what: 'an unknown address family', bytes: loopback(u32(0), 7, true), linkType: LinkType.Null },
  ])('$what is no fault, and nothing is read', ({ bytes, linkType }) => {
    expect(dissectBytes(bytes, { linkType })).toMatchObject({
      fault: Fault.None,
      kind: PacketKind.Other,
      ipVersion: 0,
    });
  });
});

describe('ARP', () => {
  test.each([
    { operation: 'request', arpOperation: ArpOperation.Request },
    { operation: 'reply', arpOperation: ArpOperation.Reply },
  ] as const)('$operation has its addresses', ({ operation, arpOperation }) => {
    const bytes = ethernet(arp({ operation, sender: '10.244.1.5', target: '10.244.1.1' }), 0x0806);
    expect(dissectBytes(bytes)).toMatchObject({
      kind: PacketKind.Arp,
      arpOperation,
      arpSender: word('10.244.1.5'),
      arpTarget: word('10.244.1.1'),
    });
  });

  test('other protocols than IPv4 are left alone', () => {
    expect(dissectBytes(ethernet(join(u16(1, 0x86dd), u8(6, 16), u16(1)), 0x0806))).toMatchObject({
      kind: PacketKind.Other,
      fault: 0,
    });
  });
});

describe('tunnels', () => {
  const outer = { from: '172.30.0.11', to: '172.30.0.12' };

  test.each([4789, 8472])('VXLAN on port %i gives the inner packet', (port) => {
    const packet = dissectIp(vxlan({ ...outer, vni: 42, port }, ethernet(syn)));
    expect(packet).toMatchObject({
      kind: PacketKind.Tcp,
      tunnelId: 42,
      tunnelDepth: 1,
      src0: word('10.244.1.5'),
      srcPort: 40000,
      ttl: 61,
    });
  });

  test('an inner packet of another kind has nothing of the outer one', () => {
    const sctp = ip({ from: '10.244.1.5', to: '10.96.3.4', protocol: 132, payload: u32(1) });
    expect(dissectIp(vxlan({ ...outer, vni: 1 }, ethernet(sctp)))).toMatchObject({
      kind: PacketKind.Other,
      ipProtocol: 132,
    });
  });

  test('other traffic on a VXLAN port is UDP', () => {
    const packet = dissectIp(udp({ from: '10.0.0.1:4789', to: '10.0.0.2:4789', payload: u32(0, 1, 2) }));
    expect(packet).toMatchObject({ kind: PacketKind.Udp, tunnelId: -1, tunnelDepth: 0, fault: 0 });
  });

  test.each([{}, { key: 9 }, { key: 9, sequence: 4, checksum: true }])(
    'GRE gives the inner packet: %o',
    (fields) => {
      const packet = dissectIp(gre({ ...outer, ...fields }, syn6));
      expect(packet).toMatchObject({
        kind: PacketKind.Tcp,
        ipVersion: 6,
        tunnelDepth: 1,
        tunnelId: 'key' in fields ? 9 : 0,
      });
    },
  );

  test('IP in IP gives the inner packet', () => {
    const packet = dissectIp(ip({ ...outer, protocol: 4, payload: syn }));
    expect(packet).toMatchObject({ kind: PacketKind.Tcp, src0: word('10.244.1.5') });
    expect(dissectIp(ip({ ...outer, protocol: 41, payload: syn6 }))).toMatchObject({
      kind: PacketKind.Tcp,
      ipVersion: 6,
    });
  });

  test('tunnels without end are a fault', () => {
    let packet = syn;
    for (let i = 0; i < 30; i++) packet = ip({ ...outer, protocol: 4, payload: packet });
    expect(dissectIp(packet)).toMatchObject({ fault: Fault.TooDeep });
  });
});
