import { CLIENT, DNS_SERVER, GATEWAY, handshake, SERVICE } from '../conversations/observe.ts';
import { dnsAnswer } from '../packets/dns.ts';
import { ip } from '../packets/ip.ts';
import { u8 } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { icmp, icmpError, tcp, udp } from '../packets/transport.ts';
import { dns, from, lookup, quoting, story, to, way } from './story-builder.ts';
import type { Story } from './story-builder.ts';

const syslog = (id: number): Uint8Array => udp({ from, to: `${SERVICE}:514`, payload: u8(1, 2, 3, 4), id });
const late = dnsAnswer({ from: dns.to, to: dns.from, name: 'a.example' });
const data = tcp({ ...way, flags: 'PA', seq: 1001, ack: 5001, payload: new Uint8Array(1400), id: 7 });

/** An ICMP error at a time that quotes a packet. */
function error(
  time: number,
  sender: string,
  quoted: Uint8Array,
  type: number,
  code: number,
  rest = 0,
): WrittenFrame {
  return at(time, icmp({ from: sender, to: CLIENT, type, code, rest, payload: quoted.slice(0, 48) }));
}

/** What the detectors of ICMP errors say, and do not say. */
export const icmpStories: readonly Story[] = [
  story(
    'icmp-unreachable',
    'a UDP port on which nobody listens',
    [
      at(0, syslog(1)),
      at(0.001, icmpError({ from: SERVICE, to: CLIENT, quoting: syslog(1) })),
      at(1, syslog(2)),
      at(1.001, icmpError({ from: SERVICE, to: CLIENT, quoting: syslog(2) })),
    ],
    {
      severity: 'warning',
      confidence: 'high',
      client: CLIENT,
      server: `${SERVICE}:514`,
      count: 2,
      frames: [2, 4],
      text: `2 ICMP errors "port unreachable" from ${SERVICE} for UDP packets from ${CLIENT} to ${SERVICE}:514`,
    },
  ),
  story(
    'icmp-unreachable',
    'an open connection whose server is gone',
    [...handshake(0, way), at(1, data), error(4, GATEWAY, data, 3, 1)],
    { severity: 'warning', server: to, text: '…host unreachable' },
  ),
  story(
    'icmp-unreachable',
    'a tunnel that is turned away',
    [error(0, GATEWAY, ip({ from: CLIENT, to: SERVICE, protocol: 47, payload: new Uint8Array(8) }), 3, 13)],
    { server: SERVICE, text: `…for GRE packets from ${CLIENT} to ${SERVICE}` },
  ),
  story(
    'icmp-unreachable',
    'a quote that is cut off',
    [at(0, icmpError({ from: GATEWAY, to: CLIENT, quoting: syslog(1), quotedBytes: 6 }))],
    { confidence: 'medium', client: CLIENT, server: '', text: '…cannot be told' },
  ),
  story(
    'icmp-unreachable',
    'an answer for which nobody waits',
    [
      at(
        0,
        icmpError({
          from: CLIENT,
          to: SERVICE,
          quoting: udp({ from: `${SERVICE}:123`, to: from, payload: u8(1) }),
        }),
      ),
    ],
    { severity: 'info', client: CLIENT, server: `${SERVICE}:123` },
  ),
  story(
    'icmp-unreachable',
    'somebody looks for NetBIOS names',
    [
      at(
        0,
        icmpError({
          from: SERVICE,
          to: CLIENT,
          quoting: udp({ from: `${CLIENT}:137`, to: `${SERVICE}:137`, payload: u8(1) }),
        }),
      ),
    ],
    { severity: 'info' },
  ),
  story('icmp-unreachable', 'a SYN that is rejected', [
    at(0, quoting),
    at(0.001, icmpError({ from: GATEWAY, to: CLIENT, quoting })),
  ]),
  story('icmp-unreachable', 'the end of traceroute', [
    at(
      0,
      icmpError({
        from: SERVICE,
        to: CLIENT,
        quoting: udp({ from, to: `${SERVICE}:33440`, payload: u8(1) }),
      }),
    ),
  ]),
  story('icmp-unreachable', 'an error that the sender made itself', [
    error(3, CLIENT, udp({ from, to: `${SERVICE}:514`, payload: u8(1) }), 3, 1),
  ]),

  story(
    'dns-late-reply',
    'the client rejects the answer',
    [...lookup(0, { name: 'a.example' }), at(6, icmpError({ from: CLIENT, to: DNS_SERVER, quoting: late }))],
    {
      severity: 'info',
      client: CLIENT,
      server: dns.to,
      count: 1,
      frames: [3],
      text: '1 DNS answer came when the client no longer waited',
    },
  ),
  story('dns-late-reply', 'a router rejects the answer', [
    at(0, icmpError({ from: GATEWAY, to: DNS_SERVER, quoting: late })),
  ]),

  story(
    'path-mtu-discovery',
    'two errors in one round',
    [
      ...handshake(0, way),
      at(1, data),
      error(1.001, GATEWAY, data, 3, 4, 1300),
      error(1.002, GATEWAY, data, 3, 4, 1280),
    ],
    {
      severity: 'info',
      client: CLIENT,
      server: to,
      count: 2,
      frames: [5, 6],
      text: `2 packets were too big: ${GATEWAY} takes at most 1280 bytes`,
    },
  ),
  story(
    'path-mtu-discovery',
    'a sender that does not obey',
    [0, 1, 2].map((s) => error(s, GATEWAY, data, 3, 4, 1300)),
    { severity: 'warning', text: '…was told 3 times and went on' },
  ),
  story('path-mtu-discovery', 'a size that no link should have', [error(0, GATEWAY, data, 3, 4, 296)], {
    severity: 'warning',
    count: 1,
  }),
  story('path-mtu-discovery', 'an old router that names no size', [error(0, GATEWAY, data, 3, 4)], {
    severity: 'info',
    text: '…does not say which size fits',
  }),
  story('path-mtu-discovery', 'IPv6 packets of at most 1280 bytes', [packetTooBig(1280)], {
    severity: 'info',
    server: '[fd00::9]:80',
  }),
  story('path-mtu-discovery', 'IPv6 packets of at most 1200 bytes', [packetTooBig(1200)], {
    severity: 'warning',
  }),
  story('path-mtu-discovery', 'a port is unreachable', [error(0, GATEWAY, data, 3, 3, 1300)]),

  story(
    'ttl-exceeded',
    'a loop between two routers',
    [0, 1, 2, 3].map((s) => error(s, s % 2 === 0 ? GATEWAY : '10.0.0.9', data, 11, 0)),
    {
      severity: 'error',
      client: CLIENT,
      server: to,
      count: 4,
      frames: [1, 2, 3, 4],
      text: `4 ICMP errors "time exceeded" from ${GATEWAY}, 10.0.0.9 for TCP packets from ${CLIENT} to ${to}: the time to live was used up on the way`,
    },
  ),
  story(
    'ttl-exceeded',
    'a route is traced by TCP',
    [1, 2, 3, 4, 5].map((hop) => error(hop, `10.0.0.${hop}`, data, 11, 0)),
    { severity: 'info' },
  ),
  story(
    'ttl-exceeded',
    'fragments that do not arrive',
    [0, 1, 2].map((s) => error(s, SERVICE, syslog(s), 11, 1)),
    { severity: 'warning', text: '…not all fragments arrived' },
  ),
  story(
    'ttl-exceeded',
    'a route is traced by UDP',
    [0, 1, 2].map((s) =>
      error(s, GATEWAY, udp({ from, to: `${SERVICE}:${33434 + s}`, payload: u8(s) }), 11, 0),
    ),
  ),
];

/** An ICMPv6 error that names the size that fits. */
function packetTooBig(mtu: number): WrittenFrame {
  const quoted = tcp({
    from: '[fd00::5]:40000',
    to: '[fd00::9]:80',
    flags: 'A',
    payload: new Uint8Array(1400),
  });
  return at(0, icmp({ from: 'fd00::1', to: 'fd00::5', type: 2, rest: mtu, payload: quoted.slice(0, 80) }));
}
