import { CLIENT, SERVICE } from '../conversations/observe.ts';
import { ip } from '../packets/ip.ts';
import { join, u16, u32, u8 } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { story } from './story-builder.ts';
import type { Story } from './story-builder.ts';

/** An SCTP packet whose first chunk is of a type: 1 INIT, 2 INIT ACK, 6 ABORT. */
function chunk(time: number, type: number, fromServer = false, clientPort = 40000): WrittenFrame {
  const ports = fromServer ? u16(38412, clientPort) : u16(clientPort, 38412);
  const payload = join(ports, u32(0, time), u8(type, 0, 0, 20), new Uint8Array(16));
  const [from, to] = fromServer ? [SERVICE, CLIENT] : [CLIENT, SERVICE];
  return at(time, ip({ from, to, protocol: 132, payload, id: time * 10 + type }));
}

/** What the detector of SCTP says, and does not say. */
export const sctpStories: readonly Story[] = [
  story('sctp-no-answer', 'three INITs', [chunk(0, 1), chunk(3, 1), chunk(9, 1)], {
    severity: 'error',
    confidence: 'high',
    client: CLIENT,
    server: `${SERVICE}:38412`,
    count: 1,
    frames: [1, 2, 3],
    text: '1 SCTP association was not answered, 3 INITs sent',
  }),
  story(
    'sctp-no-answer',
    'two associations are refused',
    [chunk(0, 1), chunk(1, 6, true), chunk(2, 1, false, 40001), chunk(3, 6, true, 40001)],
    { count: 2, frames: [1, 2, 3, 4], text: '2 SCTP associations were refused by ABORT' },
  ),
  story('sctp-no-answer', 'the second INIT is answered', [chunk(0, 1), chunk(3, 1), chunk(4, 2, true)]),
  story('sctp-no-answer', 'an association that ends by ABORT', [
    chunk(0, 1),
    chunk(1, 2, true),
    chunk(9, 6, true),
  ]),
  story('sctp-no-answer', 'one INIT', [chunk(0, 1)]),
];
