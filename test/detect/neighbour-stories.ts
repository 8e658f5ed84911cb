import { CLIENT, GATEWAY } from '../conversations/observe.ts';
import { addressOctets, join } from '../packets/octets.ts';
import { at, pcap } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { LinkType, linuxCooked2 } from '../packets/link.ts';
import { arp, icmp } from '../packets/transport.ts';
import { captureStory, story } from './story-builder.ts';
import type { Story } from './story-builder.ts';

const claim = (time: number, host: number, target = CLIENT): WrittenFrame =>
  at(time, arp({ operation: 'reply', sender: GATEWAY, target, host }));
const NEIGHBOUR = 'fd00::77';
const neighbourMessage = (time: number, from: string, type: number, target = NEIGHBOUR): WrittenFrame =>
  at(
    time,
    icmp({ from, to: 'ff02::1:ff00:77', type, payload: join(addressOctets(target), new Uint8Array(8)) }),
  );
const solicit = (time: number, from = 'fd00::5'): WrittenFrame => neighbourMessage(time, from, 135);

/** What the detectors of ARP conflicts and of neighbour discovery say, and do not say. */
export const neighbourStories: readonly Story[] = [
  story('duplicate-address', 'two hosts by turns', [claim(0, 1), claim(5, 2), claim(9, 1)], {
    severity: 'warning',
    confidence: 'medium',
    client: '',
    server: GATEWAY,
    count: 1,
    frames: [2, 3],
    text: `${GATEWAY} is claimed by turns by 02:00:00:00:00:02 and 02:00:00:00:00:01 (1 time)`,
  }),
  story('duplicate-address', 'both answer one request', [claim(0, 1), claim(0.001, 2)], {
    severity: 'warning',
    frames: [1, 2],
  }),
  story(
    'duplicate-address',
    'again and again',
    [0, 1, 2, 3, 4, 5].map((s) => claim(s * 2, 1 + (s % 2))),
    { severity: 'error', confidence: 'high', count: 4 },
  ),
  story('duplicate-address', 'a failover', [claim(0, 1), claim(5, 2), claim(9, 2)]),
  story('duplicate-address', 'a failover and back after minutes', [
    claim(0, 1),
    claim(100, 2),
    claim(200, 1),
  ]),
  captureStory(
    'duplicate-address',
    'a capture of all interfaces',
    pcap(
      [claim(0, 1), claim(5, 2), claim(9, 1)].map(({ time, bytes }) => {
        const frame = linuxCooked2(bytes);
        frame.set([0x08, 0x06], 0);
        return at(time, frame);
      }),
      { linkType: LinkType.LinuxSll2 },
    ),
  ),

  story(
    'nd-no-answer',
    'three solicitations',
    [0, 1, 2].map((s) => solicit(s)),
    {
      severity: 'error',
      client: 'fd00::5',
      server: NEIGHBOUR,
      count: 3,
      frames: [1, 2, 3],
      text: `3 neighbour solicitations for ${NEIGHBOUR}, no answer`,
    },
  ),
  story(
    'nd-no-answer',
    'two hosts ask',
    [0, 1, 2].flatMap((s) => [solicit(s), solicit(s + 0.1, 'fd00::6')]),
    { client: '*', count: 6 },
  ),
  story('nd-no-answer', 'an answer', [
    ...[0, 1, 2].map((s) => solicit(s)),
    neighbourMessage(2.001, NEIGHBOUR, 136),
  ]),
  story('nd-no-answer', 'an answer from another address of the target', [
    ...[0, 1, 2].map((s) => solicit(s)),
    neighbourMessage(2.001, 'fe80::77', 136),
  ]),
  story(
    'nd-no-answer',
    'duplicate address detection',
    [0, 1, 2].map((s) => solicit(s, '::')),
  ),
  story(
    'nd-no-answer',
    'one solicitation of each of three hosts',
    ['fd00::5', 'fd00::6', 'fd00::7'].map((from, s) => solicit(s, from)),
  ),
];
