import { describe, expect, test } from 'vitest';
import { Fault, Packet, PacketKind, TcpFlag } from '../../src/dissect/packet.ts';
import { authenticationExtension, fragmentExtension, ip, optionsExtension } from '../packets/ip.ts';
import { ethernet, LinkType } from '../packets/link.ts';
import { ascii, join, u16, u32, u8 } from '../packets/octets.ts';
import { icmp, icmpError, tcp, udp } from '../packets/transport.ts';
import { dissectBytes, dissectIp, payloadOf, word } from './dissect-bytes.ts';

const V4 = { from: '10.244.1.5:40000', to: '10.96.3.4:80' };
const V6 = { from: '[fd00:10:244:1::5]:40000', to: '[fd00:10:96::4]:80' };
const syn = tcp({ ...V4, flags: 'S', seq: 0xfffffffe, tsVal: 99, ttl: 61, id: 0x1234 });
const syn6 = tcp({ ...V6, flags: 'S', seq: 7 });

describe('IPv4', () => {
  test('has its fields', () => {
    expect(dissectIp(syn)).toMatchObject({
      ipVersion: 4,
      src0: word('10.244.1.5'),
      src1: 0,
      dst0: word('10.96.3.4'),
      dst3: 0,
      ttl: 61,
      ipId: 0x1234,
      ipProtocol: 6,
      ipPayloadLength: 32,
      fragmentOffset: 0,
      moreFragments: false,
    });
  });

  test('options are stepped over', () => {
    const packet = tcp({ ...V4, flags: 'S', options: u8(7, 7, 4, 0, 0, 0, 0) });
    expect(dissectIp(packet)).toMatchObject({ kind: PacketKind.Tcp, srcPort: 40000, dstPort: 80 });
  });

  test('Ethernet padding is no payload', () => {
    const padded = join(ethernet(tcp({ ...V4, flags: 'A' })), new Uint8Array(6).fill(1));
    expect(dissectBytes(padded)).toMatchObject({ payloadLength: 0, payloadCaptured: 0 });
  });

  test('a length of 0 means all that follows (offload, BIG TCP)', () => {
    const packet = tcp({ ...V4, flags: 'PA', payload: ascii('hello'), claimedLength: 0 });
    expect(dissectIp(packet)).toMatchObject({ kind: PacketKind.Tcp, payloadLength: 5 });
    expect(dissectIp(packet, { originalLength: packet.length + 70_000 })).toMatchObject({
      payloadLength: 70_005,
      payloadCaptured: 5,
    });
  });

  test('only the first fragment has ports', () => {
    const first = udp({ ...V4, payload: u32(1, 2), moreFragments: true, id: 5 });
    expect(dissectIp(first)).toMatchObject({ kind: PacketKind.Udp, moreFragments: true, fragmentOffset: 0 });
    const second = ip({
      from: '10.0.0.1',
      to: '10.0.0.2',
      protocol: 17,
      payload: u32(1, 2),
      fragmentOffset: 1480,
      id: 5,
    });
    expect(dissectIp(second)).toMatchObject({
      kind: PacketKind.Fragment,
      fragmentOffset: 1480,
      ipId: 5,
      fault: 0,
    });
  });

  test('a fragment keeps nothing of the packet before it', () => {
    const packet = new Packet();
    dissectIp(tcp({ ...V4, flags: 'SA', tsVal: 5 }), { packet });
    dissectIp(ip({ from: '10.0.0.1', to: '10.0.0.2', protocol: 17, payload: u32(1), fragmentOffset: 8 }), {
      packet,
    });
    expect(packet).toMatchObject({ srcPort: 0, dstPort: 0, tcpFlags: 0, tsVal: 0, checksum: 0 });
  });

  test.each([
    { what: 'another version', change: [0, 0x65] },
    { what: 'a header of 16 bytes', change: [0, 0x44] },
    { what: 'a total length below the header', change: [3, 19] },
  ])('$what is malformed', ({ change: [index, value] }) => {
    const bytes = join(syn);
    bytes[2] = 0;
    bytes[index as number] = value as number;
    expect(dissectBytes(bytes, { linkType: LinkType.Ipv4 })).toMatchObject({
      fault: Fault.Malformed,
      kind: PacketKind.Other,
    });
  });
});

describe('IPv6', () => {
  test('has its fields', () => {
    expect(dissectIp(syn6)).toMatchObject({
      ipVersion: 6,
      src0: 0xfd000010 | 0,
      src1: 0x02440001,
      src2: 0,
      src3: 5,
      dst0: 0xfd000010 | 0,
      dst1: 0x00960000,
      dst3: 4,
      ttl: 64,
      ipId: 0,
      ipProtocol: 6,
      ipPayloadLength: 20,
    });
  });

  test('extension headers are stepped over', () => {
    const extensions = [
      optionsExtension(0),
      optionsExtension(60, 2),
      authenticationExtension(),
      fragmentExtension(0, false, 1),
    ];
    const packet = tcp({ ...V6, flags: 'PA', payload: ascii('hello'), extensions });
    const dissected = dissectIp(packet);
    expect(dissected).toMatchObject({
      kind: PacketKind.Tcp,
      dstPort: 80,
      ipProtocol: 6,
      ipPayloadLength: 25,
      payloadLength: 5,
    });
    expect(payloadOf(dissected)).toEqual(ascii('hello'));
  });

  test('fragments are told from whole packets', () => {
    const packet = tcp({ ...V6, flags: 'A', extensions: [fragmentExtension(1448, true, 0x10002)] });
    expect(dissectIp(packet)).toMatchObject({
      kind: PacketKind.Fragment,
      fragmentOffset: 1448,
      moreFragments: true,
      ipId: 2,
      srcPort: 0,
    });
  });

  test('a jumbogram has the length of the wire', () => {
    const packet = tcp({
      ...V6,
      flags: 'PA',
      payload: ascii('hello'),
      extensions: [optionsExtension(0)],
      claimedLength: 0,
    });
    expect(dissectIp(packet, { originalLength: packet.length + 70_000 })).toMatchObject({
      payloadLength: 70_005,
      payloadCaptured: 5,
    });
  });

  test('more extension headers than anybody needs are a fault', () => {
    const packet = tcp({
      ...V6,
      flags: 'S',
      extensions: Array.from({ length: 9 }, () => optionsExtension(60)),
    });
    expect(dissectIp(packet)).toMatchObject({ fault: Fault.TooDeep, kind: PacketKind.Other });
  });

  test('an extension header longer than the packet is a fault', () => {
    const packet = tcp({
      ...V6,
      flags: 'S',
      extensions: [{ type: 0, rest: join(u8(200), new Uint8Array(6)) }],
    });
    expect(dissectIp(packet)).toMatchObject({ fault: Fault.Truncated, kind: PacketKind.Other });
  });
});

describe('TCP', () => {
  test('has its fields, sequence numbers as signed words', () => {
    expect(
      dissectIp(tcp({ ...V4, flags: 'SAEC', seq: 0xfffffffe, ack: 12, window: 501, tsVal: 0xf0000000 })),
    ).toMatchObject({
      kind: PacketKind.Tcp,
      srcPort: 40000,
      dstPort: 80,
      seq: -2,
      ack: 12,
      window: 501,
      tcpFlags: TcpFlag.Syn | TcpFlag.Ack | TcpFlag.Ece | TcpFlag.Cwr,
      tsVal: 0xf0000000 | 0,
      payloadLength: 0,
    });
  });

  test.each([
    { what: 'in their usual place', tcpOptions: u8() },
    { what: 'behind a maximum segment size', tcpOptions: u8(2, 4, 5, 0xb4) },
    {
      what: 'behind NOPs and selective acknowledgments',
      tcpOptions: u8(1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2),
    },
  ])('time stamps are found $what', ({ tcpOptions }) => {
    expect(dissectIp(tcp({ ...V4, flags: 'A', tcpOptions, tsVal: 77 })).tsVal).toBe(77);
  });

  test.each([
    { what: 'a list that ends early', tcpOptions: u8(0, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0) },
    { what: 'an option of length 0', tcpOptions: u8(3, 0, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0) },
    { what: 'an option of length 1', tcpOptions: u8(3, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0) },
    { what: 'time stamps of a wrong length', tcpOptions: u8(8, 6, 0, 0, 0, 9, 1, 1, 1, 1, 1, 1) },
    { what: 'an option that leaves the header', tcpOptions: u8(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 254, 200) },
  ])('$what gives no time stamp', ({ tcpOptions }) => {
    expect(dissectIp(tcp({ ...V4, flags: 'A', tcpOptions }))).toMatchObject({
      tsVal: 0,
      kind: PacketKind.Tcp,
      fault: 0,
    });
  });

  test('a header that the snap length cut is still TCP', () => {
    const cut = syn.subarray(0, 20 + 14);
    expect(dissectIp(cut, { originalLength: syn.length })).toMatchObject({
      kind: PacketKind.Tcp,
      tcpFlags: TcpFlag.Syn,
      window: 0,
      tsVal: 0,
    });
  });

  test('payload is counted as claimed and as captured', () => {
    const packet = tcp({ ...V4, flags: 'PA', payload: new Uint8Array(1000) });
    expect(dissectIp(packet.subarray(0, 140), { originalLength: packet.length })).toMatchObject({
      payloadLength: 1000,
      payloadCaptured: 100,
    });
  });

  test('a header of 16 bytes is malformed', () => {
    const bytes = join(syn);
    bytes[32] = 0x40;
    expect(dissectIp(bytes)).toMatchObject({ fault: Fault.Malformed, kind: PacketKind.Other });
  });
});

describe('UDP', () => {
  test('has its fields', () => {
    const dissected = dissectIp(udp({ ...V4, payload: ascii('query') }));
    expect(dissected).toMatchObject({
      kind: PacketKind.Udp,
      srcPort: 40000,
      dstPort: 80,
      payloadLength: 5,
      payloadCaptured: 5,
      tcpFlags: 0,
    });
    expect(payloadOf(dissected)).toEqual(ascii('query'));
  });

  test('a length of 0 means the length of the IP packet', () => {
    expect(dissectIp(udp({ ...V4, payload: u32(1), claimedUdpLength: 0 }))).toMatchObject({
      payloadLength: 4,
      fault: 0,
    });
  });

  test('a length below the header is malformed', () => {
    expect(dissectIp(udp({ ...V4, payload: u32(1), claimedUdpLength: 7 }))).toMatchObject({
      fault: Fault.Malformed,
    });
  });
});

describe('ICMP', () => {
  test('echo has type and code and quotes nothing', () => {
    const echo = icmp({
      from: '10.0.0.1',
      to: '10.0.0.2',
      type: 8,
      rest: 0x00010001,
      payload: tcp({ ...V4, flags: 'S' }),
    });
    expect(dissectIp(echo)).toMatchObject({
      kind: PacketKind.Icmp,
      icmpType: 8,
      icmpCode: 0,
      quoteProtocol: 0,
    });
  });

  test('an error quotes ports, sequence number and payload', () => {
    const quoting = udp({ ...V4, payload: u16(0xbeef) });
    const error = dissectIp(icmpError({ from: '10.244.1.1', to: '10.244.1.5', code: 3, quoting }));
    expect(error).toMatchObject({
      kind: PacketKind.Icmp,
      icmpType: 3,
      icmpCode: 3,
      quoteProtocol: 17,
      quoteVersion: 4,
      quoteSrcPort: 40000,
      quoteDstPort: 80,
    });
    expect(error).toMatchObject({ quoteSrc0: word('10.244.1.5'), quoteDst0: word('10.96.3.4') });
    expect(error.view.getUint16(error.quotePayloadOffset)).toBe(0xbeef);
    expect(dissectIp(icmpError({ from: '10.244.1.1', to: '10.244.1.5', quoting: syn }))).toMatchObject({
      quoteProtocol: 6,
      quoteSeq: -2,
      quotePayloadOffset: 0,
    });
  });

  test.each([
    { quotedBytes: 28, quoteProtocol: 6, quoteSeq: -2 },
    { quotedBytes: 24, quoteProtocol: 6, quoteSeq: 0 },
    { quotedBytes: 23, quoteProtocol: 0, quoteSeq: 0 },
    { quotedBytes: 19, quoteProtocol: 0, quoteSeq: 0 },
    { quotedBytes: 0, quoteProtocol: 0, quoteSeq: 0 },
  ])('a quote of $quotedBytes bytes is used as far as it goes', ({ quotedBytes, ...expected }) => {
    const error = dissectIp(icmpError({ from: '10.244.1.1', to: '10.244.1.5', quoting: syn, quotedBytes }));
    expect(error).toMatchObject({ kind: PacketKind.Icmp, fault: 0, ...expected });
  });

  test('the quote of a later fragment has no ports', () => {
    const quoting = ip({
      from: '10.244.1.5',
      to: '10.96.3.4',
      protocol: 17,
      payload: u32(0x9c400035, 0, 0),
      fragmentOffset: 1480,
    });
    expect(dissectIp(icmpError({ from: '10.244.1.1', to: '10.244.1.5', quoting })).quoteProtocol).toBe(0);
  });

  test('an ICMPv6 error quotes as well', () => {
    const error = dissectIp(icmpError({ from: 'fd00::1', to: 'fd00:10:244:1::5', quoting: syn6 }));
    expect(error).toMatchObject({
      kind: PacketKind.Icmpv6,
      icmpType: 1,
      icmpCode: 4,
      quoteProtocol: 6,
      quoteVersion: 6,
      quoteSrc3: 5,
      quoteDst3: 4,
      quoteSeq: 7,
    });
    const solicitation = icmp({ from: 'fd00::1', to: 'fd00::2', type: 135, payload: syn6 });
    expect(dissectIp(solicitation)).toMatchObject({
      kind: PacketKind.Icmpv6,
      icmpType: 135,
      quoteProtocol: 0,
    });
  });
});
