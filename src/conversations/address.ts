/** Texts of addresses that are held as four 32-bit words in network order (IPv4 in the first). */

/** "10.244.1.5" or, in the form of RFC 5952, "fd00::1"; "*" for version 0, which stands for any address. */
export function addressText(version: number, w0: number, w1: number, w2: number, w3: number): string {
  if (version === 4) return `${w0 >>> 24}.${(w0 >>> 16) & 255}.${(w0 >>> 8) & 255}.${w0 & 255}`;
  if (version !== 6) return '*';
  const groups = [w0, w1, w2, w3].flatMap((word) => [(word >>> 16) & 0xffff, word & 0xffff]);
  const zeros = longestZeroRun(groups);
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (zeros.length < 2) return hex(groups);
  return `${hex(groups.slice(0, zeros.start))}::${hex(groups.slice(zeros.start + zeros.length))}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** "10.96.0.10:53", "[fd00::1]:53"; port 0 stands for any port and is not written. */
export function endpointText(address: string, port: number): string {
  if (port === 0) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
