import { open } from 'node:fs/promises';
import { constants, createGunzip } from 'node:zlib';

/** Enough compressed bytes to hold the first tar header (512 bytes) under any compression. */
const PROBE_BYTES = 64 * 1024;

/**
 * Says whether a file is a bundle: gzip whose content begins with a tar header. A `.pcap.gz` is
 * none, nor is a folder or anything shorter. Throws what opening the file throws.
 */
export async function isBundle(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    if (!(await file.stat()).isFile()) return false;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(PROBE_BYTES), 0, PROBE_BYTES, 0);
    return isBundleStart(await firstBlock(buffer.subarray(0, bytesRead)));
  } finally {
    await file.close();
  }
}

/** POSIX.1-2001 pax/ustar: "ustar" at offset 257 of the 512 bytes of the first header. */
function isBundleStart(block: Buffer): boolean {
  return block.length === 512 && block.toString('latin1', 257, 262) === 'ustar';
}

/** The first 512 bytes behind the gzip magic (RFC 1952 §2.3.1); empty if it is no gzip or shorter. */
async function firstBlock(start: Buffer): Promise<Buffer> {
  if (start[0] !== 0x1f || start[1] !== 0x8b) return Buffer.alloc(0);
  const gunzip = createGunzip({ chunkSize: 1024, finishFlush: constants.Z_SYNC_FLUSH });
  gunzip.end(start);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= 512) return Buffer.concat(chunks).subarray(0, 512);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))
      return Buffer.alloc(0);
    throw error;
  } finally {
    gunzip.destroy();
  }
  return Buffer.alloc(0);
}
