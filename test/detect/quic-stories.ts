import { CLIENT, SERVICE, untilSecond } from '../conversations/observe.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { cryptoFrame, initialPacket } from '../packets/quic.ts';
import { clientHello } from '../packets/tls.ts';
import { icmpError, udp } from '../packets/transport.ts';
import { story } from './story-builder.ts';
import type { Story } from './story-builder.ts';

const way = { from: `${CLIENT}:50000`, to: `${SERVICE}:443` };
const back = { from: way.to, to: way.from };
const hello = cryptoFrame(0, clientHello({ sni: 'shop.example', alpn: ['h3'] }));
const datagram = (number: number): Uint8Array =>
  udp({ ...way, id: number + 1, payload: initialPacket({ number, frames: hello }) });
const initials = (...times: number[]): WrittenFrame[] => times.map((time, i) => at(time, datagram(i)));
const answer = (time: number): WrittenFrame => at(time, udp({ ...back, payload: new Uint8Array(60) }));

/** What is said of QUIC. */
export const quicStories: readonly Story[] = [
  story('quic-no-answer', 'repeated Initials', [...initials(0, 0.3, 0.9), ...untilSecond(4)], {
    severity: 'warning',
    confidence: 'high',
    client: CLIENT,
    server: way.to,
    count: 1,
    frames: [1, 3],
    text: '1 QUIC connection for shop.example got no answer to repeated Initial packets',
  }),
  story('quic-no-answer', 'a capture that ends early', initials(0, 0.3), {
    severity: 'info',
    confidence: 'low',
    text: '…before the capture ended, 300 ms later',
  }),
  story('quic-no-answer', 'one Initial', [...initials(0), ...untilSecond(9)]),
  story('quic-no-answer', 'an answer', [...initials(0, 0.3), answer(0.31), ...untilSecond(9)]),
  story('quic-no-answer', 'an ICMP error', [
    ...initials(0, 0.3),
    at(0.4, icmpError({ from: SERVICE, to: CLIENT, quoting: datagram(1) })),
    ...untilSecond(9),
  ]),
];
