import { closeSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { ClassicWriter, UnwritableFrame } from '../bundle/capture-writer.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { PacketFilter } from '../select/finding-packets.ts';
import { SecondPass } from '../select/second-pass.ts';
import { feedFile } from './capture-file.ts';
import { createNewFile } from './new-file.ts';

/** Written at once; records are small. */
const FLUSH_BYTES = 1 << 20;

/** What {@link writePackets} wrote. */
export interface Written {
  readonly packets: number;
  /** Packets that a pcap file cannot hold: without a time, or with another link type than the first one. */
  readonly leftOut: number;
}

/**
 * Writes the selected packets of a file to a new pcap file (mode 0600), their bytes as they are. Throws UserError if
 * none is selected, or if the file exists or cannot be written; it is then removed again.
 */
export async function writePackets(
  path: string,
  isSelected: PacketFilter,
  target: string,
  io: Io,
): Promise<Written> {
  const file = createNewFile(target, '-w FILE', io);
  try {
    const written = await writeSelected(path, isSelected, file, io);
    if (written.packets + written.leftOut === 0)
      throw new UserError(
        `nothing was written to ${target}`,
        `no packet of ${path} is selected`,
        `kubectl netdebug analyze ${path} -o wide`,
      );
    return written;
  } catch (error) {
    rmSync(resolve(io.cwd, target), { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

async function writeSelected(path: string, isSelected: PacketFilter, file: number, io: Io): Promise<Written> {
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
