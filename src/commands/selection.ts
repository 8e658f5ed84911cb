import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { ClassicWriter, UnwritableFrame } from '../bundle/capture-writer.ts';
import type { Finding } from '../detect/finding.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { Report } from '../report/report.ts';
import { packetsOfFindings } from '../select/finding-packets.ts';
import { packetRow, type PacketRow } from '../select/packet-row.ts';
import { SecondPass } from '../select/second-pass.ts';
import { feedFile } from './capture-file.ts';
import { type Given, textOf } from './command.ts';

/** Written at once; records are small. */
const FLUSH_BYTES = 1 << 20;

/** The findings with this id. Throws UserError if there is none. */
export function findingsWithId(report: Report, id: string): readonly Finding[] {
  const found = report.findings.filter((finding) => finding.id === id);
  if (found.length > 0) return found;
  const ids = [...new Set(report.findings.map((finding) => finding.id))];
  throw new UserError(
    `there is no finding "${id}" in this capture`,
    ids.length === 0 ? 'nothing was found in it' : `it has ${ids.join(', ')}`,
    'kubectl netdebug analyze FILE -o wide',
  );
}

/** Reads a file once more for the packets with these numbers. */
export async function readRows(
  path: string,
  numbers: ReadonlySet<number>,
  io: Io,
): Promise<ReadonlyMap<number, PacketRow>> {
  const rows = new Map<number, PacketRow>();
  const pass = new SecondPass((frame, packet, clock) => {
    if (numbers.has(frame.number)) rows.set(frame.number, packetRow(frame, packet, clock));
  });
  await feedFile(path, pass, io);
  return rows;
}

/** What {@link writePackets} wrote. */
export interface Written {
  readonly packets: number;
  /** Packets that a pcap file cannot hold: without a time, or with another link type than the first one. */
  readonly leftOut: number;
}

/**
 * Writes the packets of the findings' conversations to a new pcap file (mode 0600), their bytes as they are. Throws
 * UserError if the file exists or cannot be written; it is then removed again.
 */
export async function writePackets(
  path: string,
  findings: readonly Finding[],
  target: string,
  io: Io,
): Promise<Written> {
  if (findings.every(({ client, frames }) => client === '' && frames.length === 0))
    throw new UserError(
      `no packets belong to ${findings[0]?.id ?? 'it'}`,
      'it is about the capture itself, not about conversations',
      'choose another finding: kubectl netdebug analyze FILE',
    );
  const file = create(target, io);
  try {
    return await writeSelected(path, findings, file, io);
  } catch (error) {
    rmSync(resolve(io.cwd, target), { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

async function writeSelected(
  path: string,
  findings: readonly Finding[],
  file: number,
  io: Io,
): Promise<Written> {
  const isSelected = packetsOfFindings(findings);
  const written = { packets: 0, leftOut: 0 };
  let linkType = -1;
  let writer: ClassicWriter | undefined;
  let held: Buffer[] = [];
  let heldBytes = 0;
  const hold = (bytes: Buffer): void => {
    held.push(bytes);
    heldBytes += bytes.length;
    if (heldBytes >= FLUSH_BYTES) flush();
  };
  const flush = (): void => {
    writeAll(file, Buffer.concat(held));
    [held, heldBytes] = [[], 0];
  };
  const pass = new SecondPass((frame, packet, clock) => {
    if (!isSelected(packet)) return;
    if (writer === undefined) {
      linkType = frame.linkType;
      writer = new ClassicWriter(fileHeader(linkType), clock);
      hold(writer.header());
    }
    const record = frame.linkType === linkType ? recordOf(writer, frame) : undefined;
    if (record === undefined) written.leftOut++;
    else {
      hold(record);
      written.packets++;
    }
  });
  await feedFile(path, pass, io);
  flush();
  return written;
}

/** undefined: the frame has no time that a pcap file can hold. */
function recordOf(writer: ClassicWriter, frame: Parameters<ClassicWriter['record']>[0]): Buffer | undefined {
  try {
    return writer.record(frame, frame.capturedLength, []);
  } catch (error) {
    if (error instanceof UnwritableFrame) return undefined;
    throw error;
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

function create(target: string, io: Io): number {
  try {
    return openSync(resolve(io.cwd, target), 'wx', 0o600);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UserError(
      `cannot write ${target}`,
      code === 'EEXIST' ? 'there is such a file already, and it may be the capture itself' : message,
      'choose a new name in a folder that exists: -w FILE',
      { cause: error },
    );
  }
}

/** Nanoseconds, little-endian (draft-ietf-opsawg-pcap): no time is rounded. */
function fileHeader(linkType: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b23c4d, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(linkType, 20);
  return header;
}

/** What of a file is asked for besides its report. */
export interface SelectionOptions {
  /** Id of the findings whose evidence is listed instead of the report. */
  readonly frames: string | undefined;
  /** Id of the findings whose conversations are written, and the file. */
  readonly kept: { readonly finding: string; readonly file: string } | undefined;
}

/** Completes the flags that select packets. Throws UserError if they do not go together. */
export function selectionOptions(given: Given): SelectionOptions {
  const [frames, finding, file] = ['frames', 'finding', 'write'].map((name) => textOf(given, name));
  if ((finding === undefined) !== (file === undefined))
    throw new UserError(
      '--finding and --write belong together',
      'one says which packets are kept, the other one where',
      `kubectl netdebug analyze ${given.operands[0] ?? 'FILE'} --finding tcp-refused -w refused.pcap`,
    );
  const asked = frames !== undefined || finding !== undefined;
  if (asked && (given.operands.length !== 1 || given.operands[0] === '-'))
    throw new UserError(
      'packets can be selected from one file only',
      'it is read twice: to analyse it, and for its packets',
      'kubectl netdebug analyze FILE --frames FINDING',
    );
  return { frames, kept: finding === undefined || file === undefined ? undefined : { finding, file } };
}
