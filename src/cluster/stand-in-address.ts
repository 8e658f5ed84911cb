/** Addresses per kind of object that can be told apart. */
const MAX_INDEX = 2 ** 24;

/**
 * An address of 240.0.0.0/4, which nothing can have (RFC 1112 §4), for an object whose address is not known: pods from
 * 240.0.0.0 on, Services from 241.0.0.0 on.
 */
export function standInAddress(kind: 'pod' | 'service', index: number): string {
  const number = (index + 1) % MAX_INDEX;
  return `${kind === 'pod' ? 240 : 241}.${number >> 16}.${(number >> 8) & 0xff}.${number & 0xff}`;
}

/** Whether it is no real address: one of the above, or none at all. */
export function isStandIn(address: string): boolean {
  return address === '' || /^24[0-9]\.|^25[0-5]\./.test(address);
}
