import { cross } from '../../src/matching/index.ts';
import type { EndpointsOf } from '../../src/matching/cross.ts';
import type { Crossing } from '../../src/matching/crossing.ts';
import type { Vantage } from '../../src/matching/vantage.ts';
import { EPOCH } from '../conversations/observe.ts';
import { ethernet } from '../packets/link.ts';
import { at, pcap } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { tcp } from '../packets/transport.ts';

/** A TCP segment on its way from one pod to another, as the sender writes it. */
export interface Sent {
  readonly time: number;
  readonly flags: string;
  readonly seq: number;
  readonly ack?: number;
  readonly tsVal?: number;
  readonly payloadBytes?: number;
  readonly id?: number;
  /** Another port of the client than the usual one. */
  readonly clientPort?: number;
  /** From the server to the client. */
  readonly isBack?: true;
  /** Seconds that it takes; "lost": it never comes. */
  readonly way?: number | 'lost';
  /** Cut into segments of this many bytes on the way. */
  readonly cutTo?: number;
}

/** How the two ends name each other: what the client dials, and what the server sees. */
export interface Names {
  readonly client: string;
  readonly dialled: string;
  readonly server: string;
  /** The client as the server sees it. */
  readonly seenClient: string;
}

export const PLAIN: Names = {
  client: '10.244.1.5:40000',
  dialled: '10.244.2.7:8080',
  server: '10.244.2.7:8080',
  seenClient: '10.244.1.5:40000',
};

/** Both ends' captures of the segments; times in seconds. */
export function bothEnds(
  sent: readonly Sent[],
  names: Names = PLAIN,
): { client: WrittenFrame[]; server: WrittenFrame[] } {
  const client: WrittenFrame[] = [];
  const server: WrittenFrame[] = [];
  for (const segment of sent) {
    const { time, way = 0.0005, isBack = false, cutTo } = segment;
    const own = withPort(names.client, segment.clientPort);
    const seenClient = withPort(names.seenClient, segment.clientPort);
    const [from, to] = isBack ? [names.server, seenClient] : [own, names.dialled];
    const [fromThere, toThere] = isBack ? [names.dialled, own] : [seenClient, names.server];
    const [here, there] = isBack ? [server, client] : [client, server];
    here.push(at(time, bytesOf(segment, from, to, 64)));
    if (way === 'lost') continue;
    for (const piece of cutTo === undefined ? [segment] : piecesOf(segment, cutTo))
      there.push(at(time + way, bytesOf(piece, fromThere, toThere, 62)));
  }
  return { client: sorted(client), server: sorted(server) };
}

function withPort(endpoint: string, port: number | undefined): string {
  return port === undefined ? endpoint : endpoint.replace(/:\d+$/, `:${port}`);
}

function piecesOf(segment: Sent, cutTo: number): Sent[] {
  const { payloadBytes = 0, seq, id = 0 } = segment;
  return Array.from({ length: Math.ceil(payloadBytes / cutTo) }, (_, i) => ({
    ...segment,
    seq: seq + i * cutTo,
    payloadBytes: Math.min(cutTo, payloadBytes - i * cutTo),
    id: id + i,
  }));
}

function bytesOf(segment: Sent, from: string, to: string, ttl: number): Uint8Array {
  const { flags, seq, ack = 0, tsVal, payloadBytes = 0, id = seq & 0xffff } = segment;
  const payload = new Uint8Array(payloadBytes);
  return tcp({ from, to, flags, seq, ack, ttl, id, payload, ...(tsVal === undefined ? {} : { tsVal }) });
}

export function sorted(frames: readonly WrittenFrame[]): WrittenFrame[] {
  return frames.toSorted((a, b) => a.time - b.time);
}

/** A whole connection that nothing happens to: handshake, request, response, end. */
export function connection(time: number, isn: number, withStamps = true): Sent[] {
  const stamp = (after: number): { tsVal?: number } =>
    withStamps ? { tsVal: 1_000_000 + Math.round((time + after) * 1000) } : {};
  const [c, s] = [isn, isn + 500_000];
  return [
    { time, flags: 'S', seq: c, ...stamp(0) },
    { time: time + 0.001, flags: 'SA', seq: s, ack: c + 1, isBack: true, ...stamp(0.001) },
    { time: time + 0.002, flags: 'A', seq: c + 1, ack: s + 1, ...stamp(0.002) },
    { time: time + 0.003, flags: 'PA', seq: c + 1, ack: s + 1, payloadBytes: 100, ...stamp(0.003) },
    {
      time: time + 0.005,
      flags: 'PA',
      seq: s + 1,
      ack: c + 101,
      payloadBytes: 900,
      isBack: true,
      ...stamp(5),
    },
    { time: time + 0.007, flags: 'FA', seq: c + 101, ack: s + 901, ...stamp(0.007) },
    { time: time + 0.008, flags: 'FA', seq: s + 901, ack: c + 102, isBack: true, ...stamp(8) },
    { time: time + 0.01, flags: 'A', seq: c + 102, ack: s + 902, ...stamp(0.01) },
  ];
}

/** SYNs of one connection that nothing answers. */
export function unansweredSyns(time: number, isn: number, count = 4): Sent[] {
  return Array.from({ length: count }, (_, i) => ({
    time: time + i,
    flags: 'S',
    seq: isn,
    clientPort: 41_111,
    tsVal: 5_000_000 + i * 1000,
    id: 700 + i,
    way: 'lost' as const,
  }));
}

/** A vantage point with these frames, its clock ahead by some seconds. */
export function vantage(
  capture: number,
  frames: readonly WrittenFrame[],
  more: Partial<Vantage> & { readonly aheadSeconds?: number } = {},
): Vantage {
  const { aheadSeconds = 0, ...rest } = more;
  const bytes = pcap(
    frames.map((frame) => at(EPOCH + frame.time + aheadSeconds, ethernet(frame.bytes))),
    { nanoseconds: true },
  );
  return {
    capture,
    name: `place ${capture}`,
    node: '',
    addresses: [],
    dropped: null,
    isBroken: false,
    isUnfiltered: false,
    read: () => [bytes],
    ...rest,
  };
}

/** What captures tell together. */
export async function crossed(
  vantages: readonly Vantage[],
  endpointsOf: EndpointsOf = () => undefined,
): Promise<Crossing> {
  return await cross(vantages, endpointsOf, 7);
}
