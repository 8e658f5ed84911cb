/*
 * A merged capture is pcapng with one interface for each vantage point, named after it (if_name). What the packets do
 * not say about a vantage point stands in the interface's description (if_description) as words that people and this
 * program read: "capture=1 node=worker-2 addresses=10.244.2.7 container=netdebug-4f1c2a dropped=0 unfiltered=yes
 * whole=yes ended=duration clock-was-ahead-ns=5000011000 clock-proven=yes". Times are corrected; adding the last number
 * to a time gives back what that place's clock said.
 */

/** How merged captures of this program call themselves (shb_userappl). */
export const MERGED_BY = 'kubectl-netdebug: merged captures';

/** One vantage point in a merged capture. */
export interface MergedPlace {
  /** Its place among the merged captures. Several interfaces may be of one capture. */
  readonly capture: number;
  readonly name: string;
  readonly node: string;
  readonly addresses: readonly string[];
  readonly container: string;
  /** Packets that the capture lost by itself; null: nobody counted. */
  readonly dropped: number | null;
  readonly isUnfiltered: boolean;
  readonly isWhole: boolean;
  readonly ended: string;
  /** How far its clock was ahead of that of the first place. */
  readonly clockAheadNs: number;
  readonly isClockProven: boolean;
}

/** What is written into an interface's description. */
export function describePlace(place: MergedPlace): string {
  const words: readonly (readonly [string, string])[] = [
    ['capture', String(place.capture)],
    ['node', place.node],
    ['addresses', place.addresses.join(',')],
    ['container', place.container],
    ['dropped', place.dropped === null ? '' : String(place.dropped)],
    ['unfiltered', place.isUnfiltered ? 'yes' : 'no'],
    ['whole', place.isWhole ? 'yes' : 'no'],
    ['ended', place.ended],
    ['clock-was-ahead-ns', String(place.clockAheadNs)],
    ['clock-proven', place.isClockProven ? 'yes' : 'no'],
  ];
  return words
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}=${value.replaceAll(/\s/g, '_')}`)
    .join(' ');
}

/** Reads a description that {@link describePlace} wrote; undefined for any other text. */
export function readPlace(name: string, description: string): MergedPlace | undefined {
  const words = new Map(
    description.split(' ').map((word): [string, string] => {
      const at = word.indexOf('=');
      return [word.slice(0, Math.max(at, 0)), word.slice(at + 1)];
    }),
  );
  const capture = wholeNumber(words.get('capture'));
  const clockAheadNs = Number(words.get('clock-was-ahead-ns') ?? Number.NaN);
  if (capture === null || !Number.isFinite(clockAheadNs)) return undefined;
  return {
    capture,
    name,
    node: words.get('node') ?? '',
    addresses: (words.get('addresses') ?? '').split(',').filter((address) => address !== ''),
    container: words.get('container') ?? '',
    dropped: wholeNumber(words.get('dropped')),
    isUnfiltered: words.get('unfiltered') === 'yes',
    isWhole: words.get('whole') !== 'no',
    ended: words.get('ended') ?? 'file',
    clockAheadNs,
    isClockProven: words.get('clock-proven') === 'yes',
  };
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
