/** Pieces of packets as bytes; all numbers in network order. */

export function u8(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

export function u16(...values: number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [(value >>> 8) & 255, value & 255]));
}

export function u32(...values: number[]): Uint8Array {
  return Uint8Array.from(
    values.flatMap((value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]),
  );
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Appends zeros until the length is a multiple of `unitBytes`. */
export function padTo(unitBytes: number, bytes: Uint8Array): Uint8Array {
  return join(bytes, new Uint8Array((unitBytes - (bytes.length % unitBytes)) % unitBytes));
}

/** The ones' complement sum of RFC 1071. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** 4 bytes of "10.0.0.1", 16 bytes of "fd00::1". */
export function addressOctets(address: string): Uint8Array {
  if (!address.includes(':')) return u8(...address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return u16(...groups(head));
  const zeros = Array.from({ length: 8 - groups(head).length - groups(tail).length }, () => 0);
  return u16(...groups(head), ...zeros, ...groups(tail));
}

/** Takes apart "10.0.0.1:80" and "[fd00::1]:80". */
export function splitEndpoint(endpoint: string): { readonly address: string; readonly port: number } {
  const colon = endpoint.lastIndexOf(':');
  return {
    address: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(endpoint.slice(colon + 1)),
  };
}
