import type { Frame } from '../pcap/frame.ts';
import { dissectArp } from './arp.ts';
import { dissectAuthenticationHeader } from './authentication-header.ts';
import { dissectEthernet, dissectVlan } from './ethernet.ts';
import { dissectGeneve } from './geneve.ts';
import { dissectGre } from './gre.ts';
import { dissectIcmp, dissectIcmpv6 } from './icmp.ts';
import { dissectIpv4InIp, dissectIpv6InIp } from './ip-in-ip.ts';
import { dissectIpv4 } from './ipv4.ts';
import { dissectIpv6, extensionHeaders } from './ipv6.ts';
import { ipProtocolLayer, Layer, linkLayer } from './layer.ts';
import type { LayerNumber } from './layer.ts';
import { dissectLinuxCooked, dissectLinuxCooked2 } from './linux-cooked.ts';
import { dissectLoopback, dissectRawIp } from './loopback.ts';
import { dissectMpls } from './mpls.ts';
import { dissectNfLog } from './nflog.ts';
import { Fault } from './packet.ts';
import type { Packet } from './packet.ts';
import { dissectPpp } from './ppp.ts';
import { dissectPppoe } from './pppoe.ts';
import { dissectSctp } from './sctp.ts';
import { dissectTcp } from './tcp.ts';
import { dissectUdp } from './udp.ts';
import { dissectVxlan } from './vxlan.ts';

/**
 * Reads one header at `packet.offset`, fills the packet, moves the offset behind the header and
 * returns the layer that follows (`Layer.None`: nothing). Never reads at or behind `packet.end`, never
 * throws: what is cut or wrong is marked with `packet.fail`. Knows no other dissector.
 */
export type Dissector = (packet: Packet) => LayerNumber;

/*
 * To add a protocol: a file with its dissector, a number in layer.ts (and there the EtherType, IP
 * protocol or link type that leads to it), and a row here at that number.
 */
const DISSECTORS: readonly Dissector[] = [
  (): LayerNumber => Layer.None,
  dissectEthernet,
  dissectLoopback,
  dissectRawIp,
  dissectLinuxCooked,
  dissectLinuxCooked2,
  dissectNfLog,
  dissectVlan,
  dissectArp,
  dissectIpv4,
  dissectIpv6,
  dissectTcp,
  dissectUdp,
  dissectIcmp,
  dissectIcmpv6,
  dissectGre,
  dissectVxlan,
  dissectPppoe,
  dissectGeneve,
  dissectMpls,
  dissectIpv4InIp,
  dissectIpv6InIp,
  dissectAuthenticationHeader,
  dissectPpp,
  dissectSctp,
];

/** Headers in one frame; real stacks need fewer than 12. */
const MAX_LAYERS = 24;

/** Dissects a frame into the reused `packet`. */
export function dissect(frame: Frame, packet: Packet): void {
  packet.reset();
  packet.view = frame.view;
  packet.frameNumber = frame.number;
  packet.timeNs = frame.timeNs;
  packet.capturedLength = frame.capturedLength;
  packet.originalLength = frame.originalLength;
  packet.interfaceId = frame.interfaceId;
  packet.linkType = frame.linkType;
  packet.offset = frame.offset;
  packet.end = frame.offset + frame.capturedLength;
  const layer = linkLayer(frame.linkType);
  if (layer === undefined) {
    packet.fail(Fault.UnsupportedLink, Layer.None);
    return;
  }
  follow(packet, layer);
}

/** Dissects the payload of an IP packet that was put together of fragments, from `packet.offset` on. */
export function dissectDatagram(packet: Packet): void {
  const { ipProtocol } = packet;
  follow(packet, packet.ipVersion === 6 ? extensionHeaders(packet, ipProtocol) : ipProtocolLayer(ipProtocol));
}

function follow(packet: Packet, first: LayerNumber): void {
  let layer = first;
  for (let count = 0; layer !== Layer.None; count++) {
    if (count === MAX_LAYERS) {
      packet.fail(Fault.TooDeep, layer);
      return;
    }
    layer = (DISSECTORS[layer] as Dissector)(packet);
  }
}
