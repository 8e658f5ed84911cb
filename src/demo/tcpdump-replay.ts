import { setTimeout as sleep } from 'node:timers/promises';
import { snapRecord, splitCapture, type CaptureRecord } from './capture-records.ts';
import type { ExecStream } from './exec-stream.ts';
import { parseTcpdumpTexts, type Recording } from './recording.ts';
import type { TcpdumpArguments } from './tcpdump-arguments.ts';

/** What a replay is told beyond the recording. */
export interface ReplayOptions {
  /** Time that all packets together take; 0: as fast as the client reads. */
  readonly replayMs: number;
  /** Ends the replay as SIGTERM ends tcpdump. */
  readonly terminate: AbortSignal;
}

/**
 * Writes what tcpdump writes: "listening on", the file header, packets in the recording's own rhythm,
 * and at the end the counters. Without `-c` it goes on listening after the last packet, as tcpdump does.
 * Returns tcpdump's exit code.
 */
export async function replayTcpdump(
  stream: ExecStream,
  recording: Recording,
  wanted: TcpdumpArguments,
  options: ReplayOptions,
): Promise<number> {
  const texts = parseTcpdumpTexts(recording.stderr);
  const { header, records } = splitCapture(recording.capture);
  const listening = texts.before.map((line) => adaptListening(line, wanted));
  await stream.writeStderr(listening.map((line) => `${line}\n`).join(''));
  const fileHeader = Buffer.from(header);
  fileHeader.writeUInt32LE(wanted.snapLengthBytes, 16);
  await stream.writeStdout(fileHeader);
  const sent = await sendRecords(stream, records, wanted, options);
  if (sent < wanted.count) await terminated(options.terminate);
  await stream.writeStderr(
    `${counted(sent, 'captured')}\n${counted(sent + texts.unread, 'received by filter')}\n${counted(texts.dropped, 'dropped by kernel')}\n`,
  );
  return 0;
}

/** `tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 2048 bytes`. */
function adaptListening(line: string, wanted: TcpdumpArguments): string {
  return line
    .replace(/listening on [^,]+/, `listening on ${wanted.interfaceName}`)
    .replace(/snapshot length \d+/, `snapshot length ${wanted.snapLengthBytes}`);
}

async function sendRecords(
  stream: ExecStream,
  records: readonly CaptureRecord[],
  wanted: TcpdumpArguments,
  options: ReplayOptions,
): Promise<number> {
  const spanMs = records.at(-1)?.offsetMs ?? 0;
  const scale = spanMs > 0 ? options.replayMs / spanMs : 0;
  const startMs = performance.now();
  let sent = 0;
  for (const record of records) {
    if (sent >= wanted.count) break;
    await paused(startMs + record.offsetMs * scale - performance.now(), options.terminate);
    if (options.terminate.aborted) break;
    await stream.writeStdout(snapRecord(record.bytes, wanted.snapLengthBytes));
    sent += 1;
  }
  return sent;
}

async function paused(waitMs: number, terminate: AbortSignal): Promise<void> {
  if (waitMs < 1) return;
  await sleep(waitMs, undefined, { signal: terminate }).catch((error: unknown) => {
    if (!terminate.aborted) throw error;
  });
}

async function terminated(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function counted(packets: number, what: string): string {
  return `${packets} packet${packets === 1 ? '' : 's'} ${what}`;
}
