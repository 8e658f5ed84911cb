import { MERGED_BY, readPlace } from './merged-interface.ts';
import type { MergedPlace } from './merged-interface.ts';

const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const INTERFACE_DESCRIPTION = 1;
const OPTION_INTERFACE_NAME = 2;
const OPTION_INTERFACE_DESCRIPTION = 3;
const OPTION_APPLICATION = 4;
/** As many captures as one run takes; the file is read once for each. */
const MAX_PLACES = 64;
/** Where options begin in both blocks. */
const SECTION_OPTIONS = 24;
const INTERFACE_OPTIONS = 16;

/**
 * The vantage points of a merged capture of ours by their interfaces, from the first bytes of the file; undefined: it
 * is none. Little-endian only, as this program writes it. Never throws, whatever the bytes are.
 */
export function mergedPlaces(start: Uint8Array): readonly MergedPlace[] | undefined {
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  if (start.length < 28 || view.getUint32(0, true) !== SECTION_HEADER) return undefined;
  if (view.getUint32(8, true) !== BYTE_ORDER_MAGIC) return undefined;
  const places: MergedPlace[] = [];
  let isOurs = false;
  for (let at = 0; start.length - at >= 12;) {
    const [type, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    if (length < 12 || length % 4 !== 0 || at + length > start.length) break;
    const end = at + length - 4;
    if (at === 0) isOurs = option(view, at + SECTION_OPTIONS, end, OPTION_APPLICATION) === MERGED_BY;
    else if (type !== INTERFACE_DESCRIPTION) break;
    else {
      const from = at + INTERFACE_OPTIONS;
      const place = readPlace(
        option(view, from, end, OPTION_INTERFACE_NAME),
        option(view, from, end, OPTION_INTERFACE_DESCRIPTION),
      );
      if (place === undefined || places.length === MAX_PLACES) return undefined;
      places.push(place);
    }
    at += length;
  }
  return isOurs && places.length > 0 ? places : undefined;
}

const decoder = new TextDecoder();

/** The text of an option; empty: there is none. */
function option(view: DataView, from: number, end: number, wanted: number): string {
  for (let at = from; end - at >= 4;) {
    const [code, length] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (code === 0 || at + 4 + length > end) return '';
    if (code === wanted) return decoder.decode(new Uint8Array(view.buffer, view.byteOffset + at + 4, length));
    at += 4 + ((length + 3) & ~3);
  }
  return '';
}
