/*
 * PROXY protocol (haproxy, proxy-protocol.txt): version 1 is a line "PROXY TCP4 …" that ends with CR LF; version 2
 * is signature:96 version:4 command:4 family:8 length:16 and so many bytes.
 */
const VERSION_1 = [0x50, 0x52, 0x4f, 0x58, 0x59, 0x20];
const VERSION_1_MAX_BYTES = 107;
const VERSION_2 = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const VERSION_2_HEADER_BYTES = 16;
/** Addresses and the usual extensions are far shorter. */
const VERSION_2_MAX_BYTES = 4096;

/** Length of the PROXY header with which a connection begins, 0 if it begins otherwise. */
export function proxyHeaderLength(view: DataView, offset: number, captured: number): number {
  if (beginsWith(view, offset, captured, VERSION_1)) {
    const most = Math.min(captured, VERSION_1_MAX_BYTES);
    for (let at = VERSION_1.length; at < most; at++) if (view.getUint8(offset + at) === 0x0a) return at + 1;
    return 0;
  }
  if (captured < VERSION_2_HEADER_BYTES || !beginsWith(view, offset, captured, VERSION_2)) return 0;
  if (view.getUint8(offset + 12) >>> 4 !== 2) return 0;
  const length = view.getUint16(offset + 14);
  return length <= VERSION_2_MAX_BYTES ? VERSION_2_HEADER_BYTES + length : 0;
}

function beginsWith(view: DataView, offset: number, captured: number, bytes: readonly number[]): boolean {
  return captured >= bytes.length && bytes.every((byte, at) => view.getUint8(offset + at) === byte);
}
