import { CLIENT, handshake, SERVICE, syns, untilSecond } from '../conversations/observe.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { tcp } from '../packets/transport.ts';
import { story } from './story-builder.ts';
import type { Story } from './story-builder.ts';

/** One SYN to each of many ports, `apart` seconds after each other; even ports refuse, odd ones are silent. */
function scan(ports: number, apart: number): WrittenFrame[] {
  return Array.from({ length: ports }, (_, i) => {
    const from = `${CLIENT}:50000`;
    const to = `${SERVICE}:${1 + i}`;
    const syn = at(i * apart, tcp({ from, to, flags: 'S', seq: 1000, id: 1 + i }));
    const rst = at(i * apart + 0.0005, tcp({ from: to, to: from, flags: 'RA', ack: 1001, ttl: 63 }));
    return i % 2 === 0 ? [syn] : [syn, rst];
  }).flat();
}

/** What the detector of scans says, and does not say. */
export const scanStories: readonly Story[] = [
  story('connection-scan', 'two thousand ports', [...scan(2000, 0.001), ...untilSecond(9)], {
    severity: 'warning',
    client: CLIENT,
    server: SERVICE,
    count: 2000,
    text: `…2000 different ports on ${SERVICE} tried within 2 seconds, none answered`,
  }),
  story('connection-scan', 'nineteen ports', [...scan(19, 0.001), ...untilSecond(9)]),
  story('connection-scan', 'a port every ten seconds', [...scan(100, 10), ...untilSecond(1010)]),
  story(
    'connection-scan',
    'the network is gone, and the client repeats its SYNs',
    [
      ...Array.from({ length: 30 }, (_, i) =>
        syns([0, 1, 3], { from: `${CLIENT}:${50000 + i}`, to: `10.96.3.${i}:80` }),
      ).flat(),
      ...untilSecond(9),
    ].toSorted((a, b) => a.time - b.time),
  ),
  story(
    'connection-scan',
    'thirty services that answer',
    Array.from({ length: 30 }, (_, i) =>
      handshake(i * 0.01, { from: `${CLIENT}:${50000 + i}`, to: `10.96.3.${i}:80` }),
    ).flat(),
  ),
];
