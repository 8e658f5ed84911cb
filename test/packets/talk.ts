import { at } from './pcap.ts';
import type { WrittenFrame } from './pcap.ts';
import { tcp } from './transport.ts';

/** One turn of a conversation: who says what, and the seconds since the turn before. */
export interface Turn {
  readonly by: 'client' | 'server';
  readonly says?: Uint8Array;
  /** "PA" for data, "A" without; or "FA", "R", "RA". */
  readonly flags?: string;
  readonly after?: number;
}

export interface Talk {
  readonly from: string;
  readonly to: string;
  readonly time?: number;
}

/** A TCP connection from its SYN on, in which each side acknowledges what the other said before. */
export function talk({ from, to, time = 0 }: Talk, turns: readonly Turn[]): WrittenFrame[] {
  let [now, client, server] = [time, 1001, 5001];
  const frames = [
    at(now, tcp({ from, to, flags: 'S', seq: 1000 })),
    at(now + 0.001, tcp({ from: to, to: from, flags: 'SA', seq: 5000, ack: 1001, ttl: 63 })),
    at(now + 0.002, tcp({ from, to, flags: 'A', seq: 1001, ack: 5001 })),
  ];
  now += 0.002;
  for (const { by, says = new Uint8Array(0), flags = says.length > 0 ? 'PA' : 'A', after = 0.001 } of turns) {
    now += after;
    const length = says.length + (flags.includes('F') ? 1 : 0);
    const isClient = by === 'client';
    const way = isClient
      ? { from, to, seq: client, ack: server }
      : { from: to, to: from, seq: server, ack: client, ttl: 63 };
    frames.push(at(now, tcp({ ...way, flags, payload: says })));
    if (isClient) client += length;
    else server += length;
  }
  return frames;
}
