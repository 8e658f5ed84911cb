/*
 * Files that are handed over as captures but are none that can be read here: what they are by their first bytes,
 * and what turns them into pcap.
 */

/** Bytes of a file that are enough to tell all of them. */
export const FOREIGN_FORMAT_BYTES = 0x4c;

const EDITCAP = '"editcap -F pcap IN OUT" converts it';

/** Signatures at the begin of the file, in hexadecimal. */
const FORMATS: readonly (readonly [signature: string, text: string])[] = [
  ['736e6f6f70', `this is a snoop capture; ${EDITCAP}`],
  ['52545353', `this is a Windows NetMon capture; ${EDITCAP}`],
  ['474d4255', `this is a Windows NetMon capture; ${EDITCAP}`],
  ['5452534e494646', `this is a Sniffer capture; ${EDITCAP}`],
  ['58435000', `this is a NetXray capture; ${EDITCAP}`],
  ['6970747261636520', `this is an AIX iptrace capture; ${EDITCAP}`],
  ['1f8b', 'this is gzip inside the capture; decompress it once more'],
  ['28b52ffd', 'this is zstd inside the capture; decompress it once more'],
  ['fd377a585a00', 'this is compressed with xz; "xz -d FILE" unpacks it'],
  ['425a68', 'this is compressed with bzip2; "bzip2 -d FILE" unpacks it'],
  ['04224d18', 'this is compressed with lz4; "lz4 -d FILE" unpacks it'],
  ['504b0304', 'this is a zip archive; "unzip FILE" unpacks it'],
];

/** What a file is that begins with these bytes, and how to convert it; undefined: nothing that is known. */
export function foreignFormat(start: Uint8Array): string | undefined {
  const hex = start.reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), '');
  const known = FORMATS.find(([signature]) => hex.startsWith(signature));
  if (known !== undefined) return known[1];
  if (isEventTrace(start))
    return 'this is a Windows event trace (pktmon, netsh trace); on Windows "pktmon etl2pcap IN.etl --out OUT.pcapng" converts the one of pktmon, "etl2pcapng IN.etl OUT.pcapng" that of netsh';
  return isPrintedPackets(start)
    ? 'this is text that tcpdump printed; "tcpdump -w FILE" writes a capture'
    : undefined;
}

/**
 * An ETL file has no magic number: behind the first buffer's header of 72 bytes stands the first event's marker, whose
 * last bytes are the form (32 or 64 bits) and 0xc0, and its version is 1 or 2.
 */
function isEventTrace(start: Uint8Array): boolean {
  const [version, zero, form, flags] = start.subarray(0x48, 0x4c);
  return flags === 0xc0 && (form === 1 || form === 2) && zero === 0 && (version === 1 || version === 2);
}

/** "12:00:00.123456 IP ", with a date in front of it perhaps. */
function isPrintedPackets(start: Uint8Array): boolean {
  const text = String.fromCharCode(...start);
  return /^(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d+ |^tcpdump: /.test(text);
}
