/**
 * Takes control characters out of texts from the cluster and from packets. A fix has several lines, some of them
 * commands to paste: a name with a line break in it must not be able to add one.
 */

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/gu;

/** The text with each run of control characters as one space. */
export function plainText(text: string): string {
  return text.replace(CONTROL, ' ');
}

/** A copy of JSON data whose texts (keys too) are plain. */
export function plainData<T>(data: T): T {
  return copy(data) as T;
}

function copy(value: unknown): unknown {
  if (typeof value === 'string') return plainText(value);
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [plainText(key), copy(entry)]));
}
