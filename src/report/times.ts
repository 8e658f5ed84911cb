/** Times as the report prints them: UTC, the reader's offset named once. Input is ISO 8601 in UTC. */

/** "2026-11-21 10:04:12–10:04:42 UTC", with both days if they differ; "" without a start. */
export function timeSpan(first: string, last: string): string {
  const [firstDay, firstTime] = split(first);
  const [lastDay, lastTime] = split(last);
  if (firstDay === '') return '';
  const from = `${firstDay} ${wholeSeconds(firstTime)}`;
  if (lastDay === '' || last === first) return `${from} UTC`;
  const to = lastDay === firstDay ? wholeSeconds(lastTime) : `${lastDay} ${wholeSeconds(lastTime)}`;
  return `${from}–${to} UTC`;
}

/** "10:04:12.345–10:04:41.002 UTC: ", one time if both are the same, "" if there is none; the day stands beside the captures. */
export function clockSpan(first: string, last: string): string {
  const [from, to] = [split(first)[1].slice(0, 12), split(last)[1].slice(0, 12)];
  if (from === '') return '';
  return to === '' || to === from ? `${from} UTC: ` : `${from}–${to} UTC: `;
}

/** Seconds from `first` to `last`, 0 if one of them is no time. */
export function spanSeconds(first: string, last: string): number {
  const seconds = (Date.parse(last) - Date.parse(first)) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

/** "UTC+01:00". */
export function offsetName(minutes: number): string {
  const absolute = Math.abs(minutes);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `UTC${minutes < 0 ? '-' : '+'}${pad(Math.floor(absolute / 60))}:${pad(absolute % 60)}`;
}

/** Earliest and latest of several spans; empty strings are "nothing seen" and do not count. */
export function wholeSpan(spans: readonly { readonly firstSeen: string; readonly lastSeen: string }[]): {
  firstSeen: string;
  lastSeen: string;
} {
  const seen = spans.filter((span) => span.firstSeen !== '');
  const firsts = seen.map((span) => span.firstSeen).toSorted();
  const lasts = seen.map((span) => span.lastSeen).toSorted();
  return { firstSeen: firsts[0] ?? '', lastSeen: lasts.at(-1) ?? '' };
}

function split(time: string): [string, string] {
  const match = /^(\d{4,6}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)Z?$/.exec(time);
  return [match?.[1] ?? '', match?.[2] ?? ''];
}

function wholeSeconds(clock: string): string {
  return clock.slice(0, 8);
}
