import { CLIENT, handshake, SERVICE } from '../conversations/observe.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { tcp } from '../packets/transport.ts';
import { from, story, to, way } from './story-builder.ts';
import type { Story } from './story-builder.ts';

const back = { from: to, to: from };
const syn = (time: number, id: number): WrittenFrame => at(time, tcp({ ...way, flags: 'S', seq: 1000, id }));
const acknowledges = (time: number, ack: number): WrittenFrame =>
  at(time, tcp({ ...back, flags: 'A', seq: 5000, ack, ttl: 63 }));
const reset = at(0.003, tcp({ ...way, flags: 'R', seq: 77 }));
const accepted = at(1.001, tcp({ ...back, flags: 'SA', seq: 9000, ack: 1001, ttl: 63, id: 9 }));

/** What the detector of ports that are used again says, and does not say. */
export const portStories: readonly Story[] = [
  story(
    'tcp-port-reused-too-soon',
    'the server still knows the last connection',
    [syn(0, 1), acknowledges(0.001, 77), reset, syn(1, 2), accepted],
    {
      severity: 'warning',
      client: CLIENT,
      server: `${SERVICE}:80`,
      count: 1,
      frames: [1, 2, 3],
      text: 'for the server 1 of 1 connection came from a port that an older connection still used',
    },
  ),
  story('tcp-port-reused-too-soon', 'an acknowledgment of the SYN itself', [
    syn(0, 1),
    acknowledges(0.001, 1001),
    reset,
  ]),
  story('tcp-port-reused-too-soon', 'the client does not reset', [syn(0, 1), acknowledges(0.001, 77)]),
  story('tcp-port-reused-too-soon', 'a connection that is reset later', [
    ...handshake(0, way),
    acknowledges(0.5, 77),
    at(1, tcp({ ...way, flags: 'R', seq: 1001 })),
  ]),
];
