/** The records of a recorded capture, as tcpdump wrote them: classic pcap, little-endian. */
export interface CaptureRecords {
  /** The file header (24 bytes). */
  readonly header: Buffer;
  readonly records: readonly CaptureRecord[];
}

export interface CaptureRecord {
  /** Record header and captured bytes. */
  readonly bytes: Buffer;
  /** Milliseconds since the first record. */
  readonly offsetMs: number;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** Time stamps in microseconds, and in nanoseconds (draft-ietf-opsawg-pcap). */
const FRACTIONS_PER_MS: ReadonlyMap<number, number> = new Map([
  [0xa1b2c3d4, 1e3],
  [0xa1b23c4d, 1e6],
]);

/** Splits a capture into its records. Throws RangeError for another format or a record that is cut. */
export function splitCapture(capture: Buffer): CaptureRecords {
  const perMs =
    capture.length < FILE_HEADER_BYTES ? undefined : FRACTIONS_PER_MS.get(capture.readUInt32LE(0));
  if (perMs === undefined) throw new RangeError('the recorded capture is not little-endian classic pcap');
  const records: CaptureRecord[] = [];
  let firstMs = Number.NaN;
  for (let at = FILE_HEADER_BYTES; at < capture.length;) {
    const end =
      at +
      RECORD_HEADER_BYTES +
      (at + RECORD_HEADER_BYTES <= capture.length ? capture.readUInt32LE(at + 8) : 0);
    if (end > capture.length)
      throw new RangeError(`record ${records.length + 1} of the recorded capture is cut`);
    const timeMs = capture.readUInt32LE(at) * 1e3 + capture.readUInt32LE(at + 4) / perMs;
    if (Number.isNaN(firstMs)) firstMs = timeMs;
    records.push({ bytes: capture.subarray(at, end), offsetMs: Math.max(0, timeMs - firstMs) });
    at = end;
  }
  return { header: capture.subarray(0, FILE_HEADER_BYTES), records };
}

/** The record with at most `snapLengthBytes` captured bytes, as `tcpdump -s` writes it. */
export function snapRecord(record: Buffer, snapLengthBytes: number): Buffer {
  const capturedBytes = record.length - RECORD_HEADER_BYTES;
  if (capturedBytes <= snapLengthBytes) return record;
  const cut = Buffer.from(record.subarray(0, RECORD_HEADER_BYTES + snapLengthBytes));
  cut.writeUInt32LE(snapLengthBytes, 8);
  return cut;
}
