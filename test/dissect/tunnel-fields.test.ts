import { describe, expect, test } from 'vitest';
import { Fault, PacketKind } from '../../src/dissect/packet.ts';
import { ip } from '../packets/ip.ts';
import { ethernet, geneve, LinkType, mpls, ppp, vxlan } from '../packets/link.ts';
import { join, u16, u32, u8 } from '../packets/octets.ts';
import { arp, tcp, udp } from '../packets/transport.ts';
import { dissectBytes, dissectIp, word } from './dissect-bytes.ts';

const outer = { from: '172.30.0.11', to: '172.30.0.12' };
const syn = tcp({ from: '10.244.1.5:40000', to: '10.96.3.4:80', flags: 'S', seq: 7 });
const syn6 = tcp({ from: '[fd00::5]:40000', to: '[fd00::4]:80', flags: 'S', seq: 7 });
const inner = { kind: PacketKind.Tcp, fault: 0, src0: word('10.244.1.5'), srcPort: 40000, dstPort: 80 };

describe('Geneve', () => {
  test.each([
    { name: 'an Ethernet frame', bytes: geneve({ ...outer, vni: 77 }, ethernet(syn), 0x6558) },
    { name: 'an IP packet', bytes: geneve({ ...outer, vni: 77 }, syn) },
    {
      name: 'a frame behind options',
      bytes: geneve({ ...outer, vni: 77, options: new Uint8Array(20) }, ethernet(syn), 0x6558),
    },
  ])('$name', ({ bytes }) => {
    expect(dissectIp(bytes)).toMatchObject({ ...inner, tunnelId: 77, tunnelDepth: 1 });
  });

  test.each([
    { name: 'another version', bytes: geneve({ ...outer, vni: 1, version: 1 }, syn) },
    { name: 'a protocol that is not known', bytes: geneve({ ...outer, vni: 1 }, syn, 0x1234) },
  ])('$name is UDP', ({ bytes }) => {
    expect(dissectIp(bytes)).toMatchObject({
      kind: PacketKind.Udp,
      dstPort: 6081,
      tunnelDepth: 0,
      fault: 0,
    });
  });

  test('options that are cut off are a fault', () => {
    const bytes = geneve({ ...outer, vni: 1, options: new Uint8Array(200) }, u8(), 0x0800);
    expect(dissectIp(bytes.slice(0, 60)).fault).toBe(Fault.Truncated);
  });
});

describe('VXLAN on a port of its own', () => {
  const own = { ...outer, vni: 77, port: 5555 };

  test.each([
    { name: 'IPv4', frame: ethernet(syn), kind: PacketKind.Tcp },
    { name: 'IPv6', frame: ethernet(syn6), kind: PacketKind.Tcp },
    {
      name: 'ARP',
      frame: ethernet(arp({ operation: 'request', sender: '10.0.0.1', target: '10.0.0.2' }), 0x0806),
      kind: PacketKind.Arp,
    },
  ])('is known by $name in it', ({ frame, kind }) => {
    expect(dissectIp(vxlan(own, frame))).toMatchObject({ kind, fault: 0, tunnelId: 77, tunnelDepth: 1 });
  });

  test.each([
    { name: 'a reserved bit', change: (bytes: Uint8Array) => bytes.with(28 + 1, 1) },
    { name: 'another flag', change: (bytes: Uint8Array) => bytes.with(28, 0x88) },
    { name: 'something in the last byte', change: (bytes: Uint8Array) => bytes.with(28 + 7, 1) },
    { name: 'another EtherType', change: (bytes: Uint8Array) => bytes.with(28 + 21, 1) },
    { name: 'no IP header', change: (bytes: Uint8Array) => bytes.with(28 + 22, 0x35) },
  ])('is UDP with $name', ({ change }) => {
    const bytes = change(vxlan(own, ethernet(syn)));
    expect(dissectIp(bytes)).toMatchObject({ kind: PacketKind.Udp, dstPort: 5555, tunnelDepth: 0, fault: 0 });
  });

  test('is UDP where too little was captured', () => {
    const bytes = udp({ from: '10.0.0.1:1', to: '10.0.0.2:5555', payload: u32(0x08000000, 77 << 8) });
    expect(dissectIp(bytes)).toMatchObject({ kind: PacketKind.Udp, tunnelDepth: 0, fault: 0 });
  });
});

describe('MPLS', () => {
  test.each([
    { name: 'one label', bytes: mpls([16], syn) },
    { name: 'three labels', bytes: mpls([16, 17, 18], syn) },
    { name: 'a pseudowire', bytes: mpls([16], join(u32(0), ethernet(syn))) },
  ])('$name', ({ bytes }) => {
    expect(dissectBytes(bytes)).toMatchObject(inner);
  });

  test('an IPv6 packet', () => {
    expect(dissectBytes(mpls([16], syn6))).toMatchObject({ kind: PacketKind.Tcp, ipVersion: 6 });
  });

  test('something else behind the labels is left alone, nothing is a fault', () => {
    expect(dissectBytes(mpls([16], u8(0xf0, 0)))).toMatchObject({ kind: PacketKind.Other, fault: 0 });
    expect(dissectBytes(mpls([16], u8())).fault).toBe(Fault.Truncated);
    expect(dissectBytes(ethernet(u8(0, 1), 0x8847)).fault).toBe(Fault.Truncated);
  });
});

describe('IP in IP', () => {
  test.each([
    { name: 'IPv4 in IPv4', protocol: 4, payload: syn, version: 4 },
    { name: 'IPv6 in IPv4', protocol: 41, payload: syn6, version: 6 },
  ])('$name counts as a tunnel', ({ protocol, payload, version }) => {
    expect(dissectIp(ip({ ...outer, protocol, payload }))).toMatchObject({
      kind: PacketKind.Tcp,
      ipVersion: version,
      tunnelDepth: 1,
      tunnelId: 0,
    });
  });
});

describe('the authentication header', () => {
  const header = join(u8(6, 4), u16(0), u32(1, 2, 0, 0, 0));
  const segment = syn.slice(20);

  test('is passed', () => {
    const packet = dissectIp(
      ip({ from: '10.244.1.5', to: '10.96.3.4', protocol: 51, payload: join(header, segment) }),
    );
    expect(packet).toMatchObject({ ...inner, ipProtocol: 6, payloadLength: 0 });
  });

  test.each([8, 20])('is a fault if it is cut after %i bytes', (length) => {
    const packet = dissectIp(ip({ ...outer, protocol: 51, payload: header.slice(0, length) }));
    expect(packet.fault).toBe(Fault.Truncated);
  });
});

describe('PPP', () => {
  test.each([
    { withAddress: true, short: false },
    { withAddress: false, short: false },
    { withAddress: true, short: true },
  ])('%o', ({ withAddress, short }) => {
    expect(dissectBytes(ppp(syn, withAddress, short), { linkType: LinkType.Ppp })).toMatchObject(inner);
    expect(dissectBytes(ppp(syn6, withAddress, short), { linkType: LinkType.Ppp })).toMatchObject({
      ipVersion: 6,
    });
  });

  test('other protocols are left alone, a cut header is a fault', () => {
    expect(dissectBytes(u8(0xff, 3, 0xc0, 0x21, 1, 1), { linkType: LinkType.Ppp })).toMatchObject({
      kind: 0,
      fault: 0,
    });
    expect(dissectBytes(u8(0xff, 3, 0), { linkType: LinkType.Ppp }).fault).toBe(Fault.Truncated);
  });
});
