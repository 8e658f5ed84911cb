import type { Observations } from '../../src/conversations/observations.ts';
import { summariseGroups } from '../../src/conversations/summary.ts';
import type { EngineReport } from '../../src/conversations/tracker.ts';
import { Tracker } from '../../src/conversations/tracker.ts';
import { judges } from '../../src/detect/index.ts';
import { CaptureReader } from '../../src/pcap/reader.ts';
import { ethernet } from '../packets/link.ts';
import { at, pcap } from '../packets/pcap.ts';
import type { PcapOptions, WrittenFrame } from '../packets/pcap.ts';
import { tcp } from '../packets/transport.ts';

/** 2026-11-21T10:00:00Z; stories count their seconds from here. */
export const EPOCH = 1_795_255_200;

export const CLIENT = '10.244.1.5';
export const SERVICE = '10.96.3.4';
export const DNS_SERVER = '10.96.0.10';
export const GATEWAY = '10.244.1.1';

export interface ObserveOptions extends Partial<EngineReport>, PcapOptions {
  readonly seed?: number;
}

/** What the tracker observes in packets (IP packets or ARP, put on Ethernet here) at seconds from {@link EPOCH}. */
export function observe(story: readonly WrittenFrame[], options: ObserveOptions = {}): Observations {
  const frames = story.map(({ time, bytes }) => at(EPOCH + time, onEthernet(bytes)));
  return observeCapture(pcap(frames, options), options);
}

/** What the tracker observes in a capture. */
export function observeCapture(capture: Uint8Array, options: ObserveOptions = {}): Observations {
  const { seed = 1, dropped = null, problems = [], bothDirections = false } = options;
  const tracker = new Tracker(seed, judges);
  const reader = new CaptureReader(tracker);
  reader.write(capture);
  return tracker.end(0, reader.clock, reader.end(), { dropped, problems, bothDirections });
}

function onEthernet(bytes: Uint8Array): Uint8Array {
  const version = (bytes[0] as number) >>> 4;
  return version === 4 || version === 6 ? ethernet(bytes) : ethernet(bytes, 0x0806);
}

/** The outcomes of each group that are not 0, by "client → server". */
export function outcomesOf(observations: Observations): Record<string, Record<string, number>> {
  return Object.fromEntries(
    summariseGroups(observations).map(({ client, server, protocol, outcomes }) => [
      `${protocol} ${client} → ${server}`,
      Object.fromEntries(Object.entries(outcomes).filter(([, count]) => count > 0)),
    ]),
  );
}

export interface Endpoints {
  readonly from: string;
  readonly to: string;
  readonly isn?: number;
}

/** SYN, SYN-ACK and ACK, one millisecond apart. */
export function handshake(time: number, { from, to, isn = 1000 }: Endpoints): WrittenFrame[] {
  return [
    at(time, tcp({ from, to, flags: 'S', seq: isn })),
    at(time + 0.001, tcp({ from: to, to: from, flags: 'SA', seq: 5000, ack: isn + 1, ttl: 63 })),
    at(time + 0.002, tcp({ from, to, flags: 'A', seq: isn + 1, ack: 5001 })),
  ];
}

/** One SYN at each of the times. */
export function syns(times: readonly number[], { from, to, isn = 1000 }: Endpoints): WrittenFrame[] {
  return times.map((time, i) => at(time, tcp({ from, to, flags: 'S', seq: isn, id: 100 + i })));
}

/** Something unrelated at a time, so that the capture goes on until then. */
export function untilSecond(time: number): WrittenFrame[] {
  return handshake(time, { from: '10.244.1.9:50000', to: '10.244.1.8:8080' });
}

/** The group of {@link untilSecond} in {@link outcomesOf}. */
export const UNTIL = { 'TCP 10.244.1.9 → 10.244.1.8:8080': { answered: 1 } } as const;
