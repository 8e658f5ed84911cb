/** IP addresses as numbers, so that the same address in two spellings is found, and CIDRs can be tested. */

interface ParsedAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** One spelling for an address ("fd00::1" and "FD00:0::0001" alike); '' if the text is no IP address. */
export function addressKey(text: string): string {
  const parsed = parseAddress(text);
  return parsed === null ? '' : `${parsed.bits === 32 ? 4 : 6}:${parsed.value.toString(16)}`;
}

/** Whether the CIDR ("10.244.1.0/24") contains the address; false if either is malformed. */
export function cidrContains(cidr: string, address: string): boolean {
  const range = parseCidr(cidr);
  const parsed = parseAddress(address);
  if (range === null || parsed === null || range.bits !== parsed.bits) return false;
  const shift = BigInt(range.bits - range.length);
  return range.value >> shift === parsed.value >> shift;
}

/** Whether two CIDRs have an address in common; false if either is malformed. */
export function cidrsOverlap(one: string, other: string): boolean {
  const baseOf = (cidr: string): string => cidr.split('/', 1)[0] ?? '';
  return cidrContains(one, baseOf(other)) || cidrContains(other, baseOf(one));
}

/** Whether the address is the first host of the CIDR, where bridge plugins put the node's gateway. */
export function isFirstHost(cidr: string, address: string): boolean {
  const range = parseCidr(cidr);
  const parsed = parseAddress(address);
  if (range === null || parsed === null || range.bits !== parsed.bits || range.length >= range.bits - 1)
    return false;
  const shift = BigInt(range.bits - range.length);
  return ((range.value >> shift) << shift) + 1n === parsed.value;
}

/** The /24 (IPv4) or /64 (IPv6) around an address, as bridge plugins give one to each node; '' if malformed. */
export function nodeRangeOf(address: string): string {
  const parsed = parseAddress(address);
  if (parsed === null) return '';
  return parsed.bits === 32 ? `${address.split('.').slice(0, 3).join('.')}.0/24` : `${address}/64`;
}

/** Splits "10.0.0.1:80" or "[fd00::1]:80"; an address alone has port 0. */
export function splitServer(server: string): { readonly address: string; readonly port: number } {
  const match = /^\[([^\]]*)\](?::(\d{1,5}))?$|^([^:]*):(\d{1,5})$/.exec(server);
  if (match === null) return { address: server, port: 0 };
  return { address: match[1] ?? match[3] ?? '', port: Number(match[2] ?? match[4] ?? 0) };
}

/** True for an IPv6 address. */
export function isIPv6(address: string): boolean {
  return parseAddress(address)?.bits === 128;
}

function parseCidr(cidr: string): (ParsedAddress & { readonly length: number }) | null {
  const [text = '', lengthText = ''] = cidr.split('/', 2);
  const parsed = parseAddress(text);
  if (parsed === null || !/^\d{1,3}$/.test(lengthText) || Number(lengthText) > parsed.bits) return null;
  return { ...parsed, length: Number(lengthText) };
}

function parseAddress(text: string): ParsedAddress | null {
  if (text.length > 64) return null;
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): ParsedAddress | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  const bytes = match.slice(1).map(Number);
  if (bytes.some((byte) => byte > 255)) return null;
  return { bits: 32, value: bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) };
}

/** RFC 4291 §2.2, with the embedded IPv4 form. */
function parseV6(text: string): ParsedAddress | null {
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (embedded !== null) {
    const v4 = parseV4(embedded[2] ?? '');
    if (v4 === null) return null;
    const tail = `${(v4.value >> 16n).toString(16)}:${(v4.value & 0xffffn).toString(16)}`;
    return parseV6(`${embedded[1] ?? ''}${tail}`);
  }
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...Array<string>(Math.max(0, missing)).fill('0'), ...tail];
  if (groups.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return null;
  return { bits: 128, value: groups.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n) };
}
