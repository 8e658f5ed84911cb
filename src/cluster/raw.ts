/**
 * Readers for JSON whose shape nobody guarantees: API objects come from servers, bundles and
 * recordings. Each returns a harmless value of the right type and never throws.
 */

/** Longest text that is taken over from an object; the rest is cut. */
const MAX_TEXT = 1024;
/** Longest list or map that is taken over from one object. */
const MAX_ENTRIES = 1000;

/** The value as an object to read keys from; {} if it is none. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** The value as a list, cut to a bounded length; [] if it is none. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MAX_ENTRIES) : [];
}

/** The value as text of bounded length; '' if it is none. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : '';
}

/** The value as a finite number; `fallback` if it is none. */
export function asNumber(value: unknown, fallback = 0): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}

/** The texts of a list, empty ones left out. */
export function asTexts(value: unknown): string[] {
  return asList(value)
    .map(asText)
    .filter((text) => text !== '');
}

/** A map of texts (labels, selectors), sorted by key; entries that are not texts are left out. */
export function asTextMap(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(asObject(value))
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .slice(0, MAX_ENTRIES)
    .map(([key, text]): [string, string] => [key.slice(0, MAX_TEXT), text.slice(0, MAX_TEXT)]);
  // Object.fromEntries defines own properties, so a key "__proto__" stays an ordinary key.
  return Object.fromEntries(entries.toSorted(([a], [b]) => compareText(a, b)));
}

/** Order of two texts by code unit: the same on every machine, unlike localeCompare. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Order of two objects by namespace, then name. */
export function compareObjects(
  a: { readonly namespace: string; readonly name: string },
  b: { readonly namespace: string; readonly name: string },
): number {
  return compareText(a.namespace, b.namespace) || compareText(a.name, b.name);
}
