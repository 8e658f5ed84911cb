import { CLIENT, handshake, syns } from '../conversations/observe.ts';
import type { IpOptions } from '../packets/ip.ts';
import { ip } from '../packets/ip.ts';
import { ethernet, vxlan } from '../packets/link.ts';
import { padTo } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { icmpError, tcp } from '../packets/transport.ts';
import { story } from './story-builder.ts';
import type { Story } from './story-builder.ts';

const NODE = '172.30.0.11';
const OTHER = '172.30.0.12';
const THIRD = '172.30.0.13';
const ROUTER = '172.30.0.1';
const PORT = 8472;
const UDP_CHECKSUM_AT = 26;
const far = { from: `${CLIENT}:40000`, to: '10.244.2.7:8080' };
const near = { from: `${CLIENT}:40001`, to: '10.244.3.7:8080' };

/** A frame's packet in a tunnel from one node to another. */
const tunnelled = ({ time, bytes }: WrittenFrame, from: string, to: string): WrittenFrame =>
  at(time, vxlan({ from, to, vni: 1, port: PORT }, ethernet(bytes)));

/** A handshake through the tunnel with the third node. */
const working = handshake(0.5, near).map((frame, i) =>
  i === 1 ? tunnelled(frame, THIRD, NODE) : tunnelled(frame, NODE, THIRD),
);
const askingAnother = syns([0.1, 1.1, 2.1, 3.1], { ...far, to: '10.244.2.8:9090' }).map((frame) =>
  tunnelled(frame, NODE, OTHER),
);
const asking = syns([0, 1, 2, 3], far).map((frame) => tunnelled(frame, NODE, OTHER));

/** The same frame with another outer UDP checksum: 0 is none. */
function checksum({ time, bytes }: WrittenFrame, value: (right: number) => number): WrittenFrame {
  const view = new DataView(bytes.slice().buffer);
  view.setUint16(UDP_CHECKSUM_AT, value(view.getUint16(UDP_CHECKSUM_AT)));
  return at(time, new Uint8Array(view.buffer));
}
const damaged = (frame: WrittenFrame): WrittenFrame => checksum(frame, (right) => right ^ 0x0101);

/** The first fragment of a tunnel packet; the others are not captured. */
const inFragments = (frame: WrittenFrame, options: IpOptions): WrittenFrame =>
  at(
    frame.time,
    ip({ from: NODE, to: OTHER, protocol: 17, payload: padTo(8, frame.bytes.slice(20)), ...options }),
  );

const tooBig = (time: number): WrittenFrame =>
  at(
    time,
    icmpError({ from: ROUTER, to: NODE, type: 3, code: 4, quoting: (asking[0] as WrittenFrame).bytes }),
  );

/** What the detectors of overlay networks say, and do not say. */
export const overlayStories: readonly Story[] = [
  story('overlay-one-way', 'one node of two', [...working, ...asking, ...askingAnother].toSorted(byTime), {
    severity: 'error',
    confidence: 'high',
    client: NODE,
    server: `${OTHER}:${PORT}`,
    count: 8,
    text: `8 tunnel packets from ${NODE} to ${OTHER}, none back: 2 connections or requests inside to 2 pods got no answer; tunnels with 1 other host carry both directions`,
  }),
  story('overlay-one-way', 'one pod of that node', [...working, ...asking].toSorted(byTime), {
    severity: 'info',
    confidence: 'low',
    count: 4,
    frames: [1, 5, 6, 7],
  }),
  story('overlay-one-way', 'no other tunnel', asking),
  story('overlay-one-way', 'no tunnel carries both directions', [
    ...asking,
    ...working.filter((_, i) => i !== 1),
  ]),
  story('overlay-one-way', 'the answer takes another way', [
    ...working,
    ...handshake(1, far).map((frame, i) => (i === 1 ? frame : tunnelled(frame, NODE, OTHER))),
    tunnelled(at(2, tcp({ ...far, flags: 'A', seq: 1001, ack: 5001, id: 9 })), NODE, OTHER),
  ]),
  story('overlay-one-way', 'something comes back, but no answer', [
    ...working,
    ...asking,
    tunnelled(at(4, tcp({ from: '10.244.2.9:80', to: `${CLIENT}:50000`, flags: 'A', id: 3 })), OTHER, NODE),
  ]),
  story('overlay-one-way', 'two packets', [...working, ...asking.slice(0, 2)]),

  story('overlay-damaged', 'wrong checksums, and no answer', asking.map(damaged), {
    severity: 'error',
    confidence: 'medium',
    client: NODE,
    server: `${OTHER}:${PORT}`,
    count: 4,
    frames: [1, 2, 3, 4],
    text: `all 4 handshake segments from ${NODE} to ${OTHER} came in tunnel packets with a wrong UDP checksum: 1 connection inside got no answer`,
  }),
  story(
    'overlay-damaged',
    'wrong checksums, and late connections',
    [
      ...syns([0, 63], far).map((frame) => damaged(tunnelled(frame, NODE, OTHER))),
      ...handshake(63, far)
        .slice(1)
        .map((frame) => tunnelled(frame, OTHER, NODE)),
    ],
    { severity: 'warning', text: '…1 connection inside took more than one SYN' },
  ),
  story('overlay-damaged', 'right checksums', asking),
  story(
    'overlay-damaged',
    'no checksums',
    asking.map((frame) => checksum(frame, () => 0)),
  ),
  story('overlay-damaged', 'one of four', [...asking.slice(0, 3), ...asking.slice(3).map(damaged)]),
  story(
    'overlay-damaged',
    'cut packets',
    asking.map((frame) => {
      const { time, bytes } = damaged(frame);
      return at(time, bytes.subarray(0, -1), bytes.length);
    }),
  ),
  story(
    'overlay-damaged',
    'the network card has still to fill in the checksum inside',
    asking.map((frame) => {
      const bytes = damaged(frame).bytes.slice();
      bytes[bytes.length - 3] = 0x55;
      return at(frame.time, bytes);
    }),
  ),
  story(
    'overlay-damaged',
    'fragments',
    asking.map((frame, i) => inFragments(frame, { moreFragments: true, id: i + 1 })),
    {
      severity: 'info',
      count: 4,
      text: `4 of 4 tunnel packets from ${NODE} to ${OTHER} went in fragments: the overlay's MTU leaves no room for its own headers`,
    },
  ),
  story(
    'overlay-damaged',
    'two fragmented packets',
    asking.slice(0, 2).map((frame, i) => inFragments(frame, { moreFragments: true, id: i + 1 })),
  ),
  story('overlay-damaged', 'a router finds tunnel packets too big', [...asking, tooBig(1.5)], {
    severity: 'info',
    client: NODE,
    server: `${OTHER}:${PORT}`,
    count: 1,
  }),
  story('overlay-damaged', 'a router says so again and again', [...asking, ...[4, 5, 6].map(tooBig)], {
    severity: 'warning',
    count: 3,
  }),
];

function byTime(a: WrittenFrame, b: WrittenFrame): number {
  return a.time - b.time;
}
