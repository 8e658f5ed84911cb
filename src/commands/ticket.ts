import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { captureName, type CaptureOrigin, type PackedCapture } from '../bundle/bundle.ts';
import { cutCapture } from '../bundle/cut.ts';
import { packBundle, type PackedBundle } from '../bundle/pack.ts';
import type { Facts } from '../cluster/facts.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { renderMarkdown } from '../report/markdown.ts';
import type { Report } from '../report/report.ts';
import { captureChunks } from './capture-file.ts';

/** What goes into a ticket's bundle. */
export interface Ticket {
  /** Name of the bundle without ".tar.gz", or a path that ends in it. */
  readonly name: string;
  readonly captures: readonly { readonly path: string; readonly origin: CaptureOrigin }[];
  readonly facts: Facts | null;
  readonly report: Report;
  /** Keep payload that the analysis does not read. */
  readonly isFull: boolean;
}

/** Packs a ticket into the user's folder. Throws UserError when it cannot be written. */
export async function writeTicket(ticket: Ticket, io: Io): Promise<PackedBundle> {
  const path = resolve(io.cwd, ticket.name.endsWith('.tar.gz') ? ticket.name : `${ticket.name}.tar.gz`);
  const folder = await mkdtemp(join(tmpdir(), 'netdebug-ticket-'));
  try {
    const captures: PackedCapture[] = [];
    let isCut = true;
    for (const [index, { path: source, origin }] of ticket.captures.entries()) {
      const made = await copyCapture(source, join(folder, String(index)), ticket.isFull, io);
      isCut &&= made.cut;
      captures.push({
        path: join(folder, String(index)),
        name: captureName(index, origin.vantagePoint, made.extension),
        origin,
      });
    }
    return await packBundle(path, {
      captures,
      facts: ticket.facts,
      report: ticket.report,
      summary: renderMarkdown(ticket.report),
      createdAt: io.now().toISOString(),
      cut: isCut,
    });
  } catch (error) {
    throw error instanceof Error && 'code' in error ? unwritable(path, error) : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copyCapture(
  source: string,
  path: string,
  isFull: boolean,
  io: Io,
): Promise<{ extension: 'pcap' | 'pcapng'; cut: boolean }> {
  if (!isFull) return cutCapture(() => captureChunks(source, io), path);
  return copyWhole(captureChunks(source, io), path);
}

async function copyWhole(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
): Promise<{ extension: 'pcap' | 'pcapng'; cut: boolean }> {
  await using file = await open(path, 'wx', 0o600);
  let start: Uint8Array | undefined;
  for await (const chunk of chunks) {
    start ??= Uint8Array.from(chunk.subarray(0, 4));
    await file.writeFile(chunk);
  }
  // The Section Header Block's type reads the same in both byte orders (pcapng draft §4.1).
  const isPcapng = start !== undefined && Buffer.from(start).toString('hex') === '0a0d0d0a';
  return { extension: isPcapng ? 'pcapng' : 'pcap', cut: false };
}

function unwritable(path: string, error: Error): UserError {
  return new UserError(
    `cannot write the bundle ${path}`,
    error.message,
    'go to a folder that you may write to, or name one: -f FILE',
    { cause: error },
  );
}
