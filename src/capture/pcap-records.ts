const fileHeaderBytes = 24;
const recordHeaderBytes = 16;
/** tcpdump's largest snap length; a longer record means that the stream is not what it should be. */
const maxRecordBytes = 262_144 + recordHeaderBytes;

/** Counts the records of a classic pcap stream and hands on whole records only. */
export interface RecordCounter {
  /** The next piece as it came; gives what can be handed on, none of it copied but a record that was cut. */
  readonly push: (chunk: Buffer) => Buffer[];
  /** A new tcpdump takes over: its file header must fit the first one and is left out; a record that was cut is dropped. */
  readonly restart: () => void;
  /** Records handed on so far; null if the stream is no pcap that we know. */
  readonly packets: () => number | null;
}

/**
 * Follows the records of what `tcpdump -w -` writes (pcap, IETF draft-gharris-opsawg-pcap). A stream
 * that is something else is handed on as it is and not counted.
 */
export function countRecords(): RecordCounter {
  let rest: Buffer = Buffer.alloc(0);
  let isLittleEndian: boolean | undefined;
  let isUnknown = false;
  let firstHeader: Buffer | undefined;
  let isHeaderDue = true;
  let packets = 0;

  const takeHeader = (data: Buffer): number => {
    const header = Buffer.from(data.subarray(0, fileHeaderBytes));
    if (firstHeader === undefined) {
      const endian = endianOf(header);
      if (endian === undefined) isUnknown = true;
      isLittleEndian = endian === 'little';
      firstHeader = header;
      isHeaderDue = false;
      return 0;
    }
    // Bytes 20 to 23 hold the link type: another one cannot be appended.
    if (!sameFormat(header, firstHeader))
      throw new Error('the capture went on in another format after the connection was cut');
    isHeaderDue = false;
    return fileHeaderBytes;
  };

  const push = (chunk: Buffer): Buffer[] => {
    if (isUnknown) return [chunk];
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (isHeaderDue && data.length < fileHeaderBytes) {
      rest = Buffer.from(data);
      return [];
    }
    const isFirst = firstHeader === undefined;
    const start = isHeaderDue ? takeHeader(data) : 0;
    if (isUnknown) return [data];
    let at = start + (isFirst ? fileHeaderBytes : 0);
    while (at + recordHeaderBytes <= data.length) {
      const length =
        recordHeaderBytes + (isLittleEndian === true ? data.readUInt32LE(at + 8) : data.readUInt32BE(at + 8));
      if (length > maxRecordBytes) {
        isUnknown = true;
        return [data.subarray(start)];
      }
      if (at + length > data.length) break;
      at += length;
      packets += 1;
    }
    rest = Buffer.from(data.subarray(at));
    return at > start ? [data.subarray(start, at)] : [];
  };

  return {
    push,
    restart: () => {
      rest = Buffer.alloc(0);
      isHeaderDue = true;
    },
    packets: () => (isUnknown || firstHeader === undefined ? (isUnknown ? null : 0) : packets),
  };
}

function endianOf(header: Buffer): 'little' | 'big' | undefined {
  if ([0xa1b2c3d4, 0xa1b23c4d].includes(header.readUInt32LE(0))) return 'little';
  return [0xa1b2c3d4, 0xa1b23c4d].includes(header.readUInt32BE(0)) ? 'big' : undefined;
}

function sameFormat(one: Buffer, other: Buffer): boolean {
  return (
    one.subarray(0, 4).equals(other.subarray(0, 4)) && one.subarray(20, 24).equals(other.subarray(20, 24))
  );
}
