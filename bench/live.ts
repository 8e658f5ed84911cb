import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { input, type InputName } from './inputs.ts';

/** A stream that was offered at a rate: whether it was taken without holding it up. */
export interface LiveRow {
  readonly what: string;
  readonly packets: number;
  /** Time that the stream took over the time that it should have taken; 1: nothing was held up, so nothing is lost. */
  readonly ratio: number;
  /** null: for information. */
  readonly goal: number | null;
  readonly peakMiB: number;
}

/** A little late is the clock's grain; the kernel's buffer of a capture holds longer than that. */
const GOAL = 1.05;
const SECONDS = 3;

/**
 * One megahertz of packets in frames of 32 KiB, then 0.4 MHz with one packet a frame, through TLS and WebSocket: small
 * requests and answers on 4000 connections; then a flood of which each packet is a connection of its own.
 */
export async function measureLive(flags: readonly string[]): Promise<LiveRow[]> {
  const small = 'small-271mb.pcap';
  return [
    await offer('live, 1 Mpps in 32 KiB frames', small, 32 * 1024, 1_000_000, GOAL, flags),
    await offer('live, 0.4 Mpps, a packet a frame', small, 90, 400_000, GOAL, flags),
    await offer('live, SYN flood of 1 Mpps', 'syn-100mb.pcap', 32 * 1024, 1_000_000, null, flags),
  ];
}

async function offer(
  what: string,
  capture: InputName,
  frameBytes: number,
  packetsPerSecond: number,
  goal: number | null,
  flags: readonly string[],
): Promise<LiveRow> {
  const packets = SECONDS * packetsPerSecond;
  const server = start([], 'live-server.ts', [input(capture), frameBytes, packets, packetsPerSecond]);
  const port = await server.line();
  const client = start(flags, 'live-client.ts', [port]);
  const { plannedSeconds, tookSeconds } = JSON.parse(await server.line()) as Record<string, number>;
  const taken = JSON.parse(await client.line()) as { readonly packets: number; readonly peakMiB: number };
  if (taken.packets !== packets) throw new Error(`${what}: ${taken.packets} of ${packets} packets arrived`);
  const ratio = (tookSeconds as number) / (plannedSeconds as number);
  return { what, packets, ratio, goal, peakMiB: taken.peakMiB };
}

/** Starts one of the two programs beside this file; `line` gives its next line. */
function start(
  flags: readonly string[],
  file: string,
  words: readonly (string | number)[],
): { readonly line: () => Promise<string> } {
  const program = [...flags, join(import.meta.dirname, file), ...words.map(String)];
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    line: async () => {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${file} ended without an answer`);
      return value;
    },
  };
}
