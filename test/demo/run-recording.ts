import { globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { main } from '../../src/cli.ts';
import { startServer, type ServerOptions } from '../../src/demo/api-server.ts';
import { splitCapture } from '../../src/demo/capture-records.ts';
import { writeKubeconfig } from '../../src/demo/kubeconfig.ts';
import { loadRecording, type Answer, type Recording } from '../../src/demo/recording.ts';
import type { Report } from '../../src/report/report.ts';
import { world } from '../commands/world.ts';
import { scratchFolder } from '../bundle/sample.ts';
import { validReport } from '../report/valid-report.ts';

export const RECORDINGS: string = join(import.meta.dirname, '../../recordings');

/** Names of all recordings, sorted. */
export const recordingNames: readonly string[] = globSync(join(RECORDINGS, '*/scenario.json'))
  .map((file) => basename(dirname(file)))
  .toSorted();

export const recorded = async (name: string): Promise<Recording> => await loadRecording(RECORDINGS, name);

/** How `trace` ended on a served recording. */
export interface TraceRun {
  readonly status: number;
  readonly report: Report;
  readonly err: string;
  /** Folder in which the program ran. */
  readonly folder: string;
}

/** Runs the program's own `trace` against a recording, as fast as it can be read. */
export async function traceRecording(
  recording: Recording,
  flags: readonly string[] = [],
  options: ServerOptions = {},
): Promise<TraceRun> {
  const server = await startServer(recording, options);
  const kubeconfig = await writeKubeconfig(server.url, recording.scenario.namespace);
  onTestFinished(async () => {
    await kubeconfig[Symbol.asyncDispose]();
    await server.close();
  });
  const folder = await scratchFolder();
  // Captures that trace keeps go with the test.
  vi.stubEnv('TMPDIR', await scratchFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  const io = world({ cwd: folder, env: { HOME: folder } });
  const packets = splitCapture(recording.capture).records.length;
  const end = packets > 0 ? ['--count', String(packets)] : ['--duration', '1s'];
  const { pod, namespace } = recording.scenario;
  const status = await main(
    ['trace', `pod/${pod}`, '-n', namespace, '--kubeconfig', kubeconfig.path, '-o', 'json', ...end, ...flags],
    io,
  );
  if (io.out() === '') throw new Error(io.err());
  return { status, report: validReport(io.out()), err: io.err(), folder };
}

/** The recording with one list of the API server changed. */
export function withItems(
  recording: Recording,
  path: string,
  change: (items: readonly Answer[]) => readonly Answer[],
): Recording {
  const list = recording.answers.get(path) ?? {};
  const items = change((list['items'] ?? []) as Answer[]);
  return { ...recording, answers: new Map([...recording.answers, [path, { ...list, items }]]) };
}

const TCP_FLAGS_AT = 16 + 14 + 20 + 13;
const SYN = 0x02;
const SYN_ACK = 0x12;

/** The recording with a SYN-ACK behind each SYN (Ethernet, IPv4 without options), 1 ms later. */
export function withSynAcks(recording: Recording): Recording {
  const { header, records } = splitCapture(recording.capture);
  const bytes = records.flatMap(({ bytes: record }) =>
    isTcp(record) && record[TCP_FLAGS_AT] === SYN ? [record, synAckOf(record)] : [record],
  );
  return { ...recording, capture: Buffer.concat([header, ...bytes]) };
}

function isTcp(record: Buffer): boolean {
  return (
    record.length > TCP_FLAGS_AT &&
    record.readUInt16BE(16 + 12) === 0x0800 &&
    record[16 + 14] === 0x45 &&
    record[16 + 14 + 9] === 6
  );
}

function synAckOf(syn: Buffer): Buffer {
  const reply = Buffer.from(syn);
  reply.writeUInt32LE((syn.readUInt32LE(4) + 1000) % 1e6, 4);
  if (reply.readUInt32LE(4) < 1000) reply.writeUInt32LE(syn.readUInt32LE(0) + 1, 0);
  const swap = (at: number, lengthBytes: number): void => {
    syn.copy(reply, 16 + at, 16 + at + lengthBytes, 16 + at + 2 * lengthBytes);
    syn.copy(reply, 16 + at + lengthBytes, 16 + at, 16 + at + lengthBytes);
  };
  swap(0, 6); // hardware addresses
  swap(14 + 12, 4); // IP addresses
  swap(14 + 20, 2); // ports
  reply.writeUInt32BE((syn.readUInt32BE(16 + 14 + 20 + 4) + 1) >>> 0, 16 + 14 + 20 + 8);
  reply[TCP_FLAGS_AT] = SYN_ACK;
  return reply;
}
