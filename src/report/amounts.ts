/** Numbers as they are read by people. */

/** "1,842". */
export function thousands(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** "1 query", "1,842 queries". */
export function amount(value: number, one: string, many: string = `${one}s`): string {
  return `${thousands(value)} ${value === 1 ? one : many}`;
}

/** "12 of 12 connections", "1 of 1 connection". */
export function share(value: number, whole: number, one: string, many: string = `${one}s`): string {
  return `${thousands(value)} of ${amount(whole, one, many)}`;
}

/** Binary units: "261 KiB", "1.4 MiB", "812 B". */
export function byteSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? value.toFixed(1) : thousands(value);
  return `${digits} ${units[unit] ?? 'B'}`;
}

/** "0.4 ms", "88 ms", "2.9 s". */
export function milliseconds(value: number): string {
  if (value >= 999.5) return `${(value / 1000).toFixed(1)} s`;
  return value < 9.95 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

/** A time that captures last: "0.8 s", "30 s", "3 min", "5 h", "41 days". */
export function lasting(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 600) return `${thousands(seconds)} s`;
  if (seconds < 7200) return `${thousands(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${thousands(seconds / 3600)} h` : `${thousands(seconds / 86_400)} days`;
}

/** Median and 95th percentile: "0.4/1.2 ms", "0.9 ms/2.9 s", one number if both read alike, "-" if there is none. */
export function spread(medianMs: number | null, p95Ms: number | null): string {
  if (medianMs === null || p95Ms === null) return '-';
  const [median, p95] = [milliseconds(medianMs), milliseconds(p95Ms)];
  if (median === p95) return median;
  const [unit, p95Unit] = [median, p95].map((text) => text.slice(text.indexOf(' ')));
  return unit === p95Unit ? `${median.slice(0, median.indexOf(' '))}/${p95}` : `${median}/${p95}`;
}

/** "a", "a and b", "a, b and c"; beyond `shown` items: "a, b and 5 more". */
export function enumeration(items: readonly string[], shown: number = items.length): string {
  const head = items.slice(0, shown);
  const rest = items.length - head.length;
  const parts = rest > 0 ? [...head, `${thousands(rest)} more`] : head;
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}
