import { describe, expect, test } from 'vitest';
import { summariseGroups } from '../../src/conversations/summary.ts';
import { u8 } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { tcp, udp } from '../packets/transport.ts';
import { CLIENT, observe, SERVICE } from './observe.ts';

const client = `${CLIENT}:40000`;
const server = `${SERVICE}:80`;

interface Said {
  readonly seq?: number;
  readonly ack?: number;
  readonly bytes?: number;
  readonly window?: number;
}

/** A segment of a side, by its flags, after so many milliseconds. */
type Step = readonly [by: 'client' | 'server', flags: string, said?: Said];

function connection(steps: readonly Step[], from = client, start = 0): WrittenFrame[] {
  return steps.map(([by, flags, { bytes = 0, ...said } = {}], step) =>
    at(
      start + step / 100,
      tcp({
        ...(by === 'client'
          ? { from, to: server, seq: 1001, ack: 5001 }
          : { from: server, to: from, seq: 5001 }),
        ...(by === 'server' ? { ack: 1001 } : {}),
        ...said,
        flags,
        payload: new Uint8Array(bytes),
        id: step + 1,
      }),
    ),
  );
}

const syn: Step = ['client', 'S', { seq: 1000, ack: 0 }];
const synAck: Step = ['server', 'SA', { seq: 5000 }];
const ack: Step = ['client', 'A'];
const request: Step = ['client', 'PA', { bytes: 10 }];
const response: Step = ['server', 'PA', { ack: 1011, bytes: 10 }];
const open: readonly Step[] = [syn, synAck, ack];

const historyOf = (frames: readonly WrittenFrame[]): string | null | undefined =>
  summariseGroups(observe(frames))[0]?.history;

describe('what the sides of a connection sent', () => {
  test.each<[string, string, readonly Step[]]>([
    ['S', 'a SYN', [syn]],
    ['S', 'a SYN that is sent again', [syn, syn, syn]],
    ['Sr', 'a SYN that is refused', [syn, ['server', 'RA', { seq: 0 }]]],
    ['ShR', 'a scan', [syn, synAck, ['client', 'R']]],
    ['ShA', 'a handshake, the SYN-ACK twice', [syn, synAck, synAck, ack]],
    [
      'ShADadFf',
      'a request with its response',
      [
        ...open,
        request,
        ['server', 'A', { ack: 1011 }],
        response,
        ['client', 'FA', { seq: 1011, ack: 5011 }],
        ['server', 'FA', { seq: 5011, ack: 1012 }],
        ['client', 'A', { seq: 1012, ack: 5012 }],
      ],
    ],
    ['ShADF', 'a FIN with data is a FIN', [...open, request, ['client', 'FPA', { seq: 1011, bytes: 5 }]]],
    [
      'ShAFT',
      'a FIN with data that is sent again',
      [...open, ['client', 'FPA', { seq: 1001, bytes: 5 }], ['client', 'FPA', { seq: 1001, bytes: 5 }]],
    ],
    ['ShADdr', 'a reset', [...open, request, response, ['server', 'R', { seq: 5011 }]]],
    ['ShADT', 'data that is sent again, twice', [...open, request, request, request]],
    [
      'ShADdTt',
      'both sides send again',
      [...open, request, response, request, ['server', 'PA', { ack: 1011, bytes: 10 }]],
    ],
    [
      'ShADaw',
      'a window that closes twice',
      [
        ...open,
        request,
        ['server', 'A', { ack: 1011, window: 0 }],
        ['server', 'A', { ack: 1011, window: 500 }],
        ['server', 'A', { ack: 1011, window: 0 }],
      ],
    ],
    [
      'ShAFa',
      'a window that closes after the FIN',
      [...open, ['client', 'FA'], ['server', 'A', { ack: 1002, window: 0 }]],
    ],
    ['SQ', 'SYN and FIN in one', [syn, ['client', 'SFA', { seq: 1000 }]]],
    ['ShAI', 'FIN and reset in one', [...open, ['client', 'FRA']]],
    ['DdAa', 'a capture that begins in the middle', [request, response, ack, ['server', 'A', { seq: 5011 }]]],
    ['^dDA', 'and with the server', [response, request, ack]],
    ['^hAD', 'the SYN was not captured', [synAck, ack, request]],
    [
      'ShADTdtawWFfRr',
      'more than twelve letters',
      [
        ...open,
        request,
        request,
        response,
        response,
        ['server', 'A', { seq: 5011, ack: 1011, window: 0 }],
        ['client', 'A', { seq: 1011, ack: 5011, window: 0 }],
        ['client', 'FA', { seq: 1011, ack: 5011, window: 0 }],
        ['server', 'FA', { seq: 5011, ack: 1012, window: 0 }],
        ['client', 'R', { seq: 1012 }],
        ['server', 'R', { seq: 5012 }],
      ],
    ],
  ])('%s: %s', (history, _name, steps) => {
    expect(historyOf(connection(steps))).toBe(history);
  });

  test('UDP has none', () => {
    expect(historyOf([at(0, udp({ from: client, to: server, payload: u8(1) }))])).toBeNull();
  });
});

describe('of many connections the most frequent history is shown', () => {
  const each = (histories: readonly (readonly Step[])[]): WrittenFrame[] =>
    histories.flatMap((steps, index) => connection(steps, `${CLIENT}:${20_000 + index}`, index));

  test('the first one of several that are as frequent', () => {
    expect(historyOf(each([[syn, synAck], [syn], open, open, [syn]]))).toBe('S');
  });

  test('also if more different ones come before it than are kept', () => {
    const flags = ['R', 'FA', 'FRA', 'SF', 'A', 'PA'];
    const rare = flags.flatMap((one) =>
      flags.filter((two) => two !== one).map((two): Step[] => [syn, ['client', one], ['client', two]]),
    );
    const frequent = Array.from({ length: 20 }, () => open);
    expect(historyOf(each([...rare.slice(0, 15), ...frequent, ...rare.slice(15)]))).toBe('ShA');
  });
});
