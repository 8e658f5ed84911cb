import { CLIENT, untilSecond } from '../conversations/observe.ts';
import { ip } from '../packets/ip.ts';
import { join, u32, u8 } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { udp } from '../packets/transport.ts';
import { story } from './story-builder.ts';
import type { Story } from './story-builder.ts';

const PEER = '172.30.0.12';
const way = { from: `${CLIENT}:51820`, to: `${PEER}:51820` };
const back = { from: way.to, to: way.from };
const LENGTHS: Readonly<Record<number, number>> = { 1: 148, 2: 92, 3: 64, 4: 96 };

/** A WireGuard message of a type. */
function message(time: number, type: number, ends = way, length = LENGTHS[type] ?? 0): WrittenFrame {
  const payload = join(u8(type, 0, 0, 0), u8(1, 2, 3, Math.round(time)), new Uint8Array(length - 8));
  return at(time, udp({ ...ends, payload, id: Math.round(time * 10) + 1 }));
}

const initiations = [0, 5, 10].map((s) => message(s, 1));
const hears = untilSecond(12).map(({ time, bytes }) => at(time, bytes));
const incoming = at(1, udp({ from: `${CLIENT}:123`, to: '10.0.0.9:123', payload: u8(1, 2, 3, 4) }));
const reply = at(1.1, udp({ from: '10.0.0.9:123', to: `${CLIENT}:123`, payload: u8(1, 2, 3, 5) }));
const espAt = (time: number): WrittenFrame =>
  at(time, ip({ from: CLIENT, to: PEER, protocol: 50, payload: new Uint8Array(100), id: time + 1 }));

const onPort4500 = (time: number, payload: Uint8Array): WrittenFrame =>
  at(time, udp({ from: `${CLIENT}:4500`, to: `${PEER}:4500`, payload, id: time + 1 }));

/** What the detectors of encrypted traffic say, and do not say. */
export const opaqueStories: readonly Story[] = [
  story('wireguard-no-handshake', 'nobody answers', [...initiations, incoming, reply, ...hears], {
    severity: 'error',
    client: CLIENT,
    server: `${PEER}:51820`,
    count: 3,
    frames: [1, 3],
    text: '3 WireGuard handshake initiations without any answer, no handshake',
  }),
  story(
    'wireguard-no-handshake',
    'both sides begin, and neither answers',
    [...initiations, ...[1, 6, 11].map((s) => message(s, 1, back))],
    { count: 6, text: '…of both sides' },
  ),
  story('wireguard-no-handshake', 'a capture of one direction', initiations),
  story('wireguard-no-handshake', 'a response', [...initiations, message(10.1, 2, back), incoming, reply]),
  story('wireguard-no-handshake', 'two initiations', [...initiations.slice(0, 2), incoming, reply]),
  story('wireguard-no-handshake', 'messages of another length', [
    ...[0, 5, 10].map((s) => message(s, 1, way, 150)),
    incoming,
    reply,
  ]),

  story('opaque-traffic', 'WireGuard', [message(0, 1), message(0.1, 2, back), message(0.2, 4)], {
    severity: 'info',
    client: '',
    count: 3,
    text: '3 WireGuard packets: what is inside is encrypted and was not analysed',
  }),
  story('opaque-traffic', 'ESP', [espAt(0), espAt(1)], { count: 2, frames: [1, 2], text: '…2 ESP packets' }),
  story(
    'opaque-traffic',
    'ESP in UDP, in both directions, one of them to a translated port',
    [
      onPort4500(0, join(u32(0xc0ffee01, 1), new Uint8Array(60))),
      at(
        1,
        udp({
          from: `${PEER}:4500`,
          to: `${CLIENT}:61000`,
          payload: join(u32(256, 1), new Uint8Array(16)),
          id: 9,
        }),
      ),
    ],
    { severity: 'info', count: 2, frames: [1, 2], text: '…2 ESP packets' },
  ),
  story('opaque-traffic', 'IKE, a keep-alive, a reserved index and one that is too short, all on its port', [
    onPort4500(0, join(u32(0, 0xc0ffee01), new Uint8Array(60))),
    onPort4500(1, u8(0xff)),
    onPort4500(2, join(u32(255, 1), new Uint8Array(60))),
    onPort4500(3, join(u32(0xc0ffee01, 1), new Uint8Array(15))),
  ]),
  story('opaque-traffic', 'the same octets on another port', [
    at(0, udp({ ...way, payload: join(u32(0xc0ffee01, 1), new Uint8Array(60)) })),
  ]),
  story('opaque-traffic', 'UDP that only begins alike', [
    message(0, 4, way, 90),
    at(1, udp({ ...way, payload: join(u8(4, 0, 0, 1), new Uint8Array(60)) })),
  ]),
];
