import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { amount, byteSize, thousands } from '../report/amounts.ts';
import { EMPTY_CAPTURE_REASONS } from '../report/verdict.ts';
import { FILE_HEADER_BYTES } from './capture-store.ts';
import type { Interrupts } from './interrupts.ts';
import { LiveLines } from './live-lines.ts';

/** A capture as the live view shows it. */
export interface WatchedPoint {
  /** "pod/shop/checkout eth0". */
  readonly name: string;
  /** False: it has ended, or nothing could be captured there. */
  readonly isRunning: boolean;
  readonly packets: number;
  readonly bytes: number;
  /** Findings so far. */
  readonly findings: number;
}

/** All captures of a trace, as the live view needs them. */
export interface Watched {
  readonly points: () => readonly WatchedPoint[];
  /** Settled when all have ended. Rejects with a file's own error. */
  readonly done: Promise<void>;
  readonly stop: () => void;
  readonly abandon: () => void;
  /** True while a file or a reader holds a capture back. */
  readonly isHeldBack: () => boolean;
  /** Sentences that came up since the last call. */
  readonly news: () => readonly string[];
}

const TICK_MS = 1000;
/** After so long without a packet the user is told why that may be; so often without a terminal progress is told. */
const PLAIN_TICKS = 10;
/** More lines would not fit on a small terminal. */
const MAX_LINES = 12;

/**
 * Waits for the end of all captures: shows progress, hints when nothing comes, and answers Ctrl-C (once:
 * stop and analyse; twice: leave at once, a UserError). Rejects with the file's own error.
 */
export async function watchCaptures(watched: Watched, interrupts: Interrupts, io: Io): Promise<void> {
  const view = new LiveLines(io);
  const ending = new AbortController();
  const left = Promise.withResolvers<never>();
  // Handled by the race below; without this an interrupt after the end would be an unhandled rejection.
  left.promise.catch(() => undefined);
  const { signal } = ending;
  onAbort(interrupts.stop, signal, () => {
    watched.stop();
    const held = watched.isHeldBack()
      ? 'draining what was captured, the reader takes it slowly'
      : 'analysing what was captured';
    void view.print(`Stopped; ${held}. Ctrl-C again leaves at once.\n`);
  });
  onAbort(interrupts.leave, signal, () => {
    watched.abandon();
    left.reject(leftBeforeEnd(watched.points()));
  });
  const progress = showProgress(watched, view, io, signal);
  try {
    await Promise.race([watched.done, left.promise]);
  } finally {
    ending.abort();
    await progress;
  }
}

function onAbort(signal: AbortSignal, until: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { signal: until, once: true });
}

function leftBeforeEnd(points: readonly WatchedPoint[]): UserError {
  const [first, ...others] = points;
  const what =
    others.length === 0 ? `the capture of ${first?.name ?? 'nothing'} was` : `${points.length} captures were`;
  return new UserError(
    'left before the end',
    `interrupted twice; ${what} not analysed`,
    'each debug container ends its capture and itself; nothing has to be cleaned up',
  );
}

/** A line for each capture, written over on a terminal; elsewhere one line now and then. */
async function showProgress(watched: Watched, view: LiveLines, io: Io, signal: AbortSignal): Promise<void> {
  for (let tick = 1; ; tick += 1) {
    await io.sleep(TICK_MS, signal);
    if (signal.aborted) break;
    for (const sentence of watched.news()) await view.print(`${sentence}\n`);
    const points = watched.points();
    const hint = tick === PLAIN_TICKS ? hintOf(points) : '';
    if (hint !== '') await view.print(hint);
    if (io.stderr.isTty) await view.draw(liveLines(points, tick));
    else if (tick % PLAIN_TICKS === 0 && points.some(hasPackets))
      await view.print(`${plainLine(points, tick)}\n`);
  }
  for (const sentence of watched.news()) await view.print(`${sentence}\n`);
  await view.end();
}

function liveLines(points: readonly WatchedPoint[], tick: number): string[] {
  const [only] = points;
  if (only !== undefined && points.length === 1) return [`${thousands(tick)} s, ${counts(only)}`];
  const shown = points.length > MAX_LINES ? points.slice(0, MAX_LINES - 1) : points;
  const width = Math.max(0, ...shown.map(({ name }) => name.length));
  const lines = shown.map(
    (point) =>
      `${thousands(tick)} s  ${point.name.padEnd(width)}  ${counts(point)}${point.isRunning ? '' : ', ended'}`,
  );
  const rest = points.slice(shown.length);
  return rest.length === 0
    ? lines
    : [...lines, `${thousands(tick)} s  and ${rest.length} more: ${counts(sum(rest))}`];
}

/** "20 s: 1,842 packets, 261 KiB of 3 captures; none from pod/shop/b eth0". */
function plainLine(points: readonly WatchedPoint[], tick: number): string {
  const places = points.length === 1 ? '' : ` of ${points.length} captures`;
  const empty = points.filter((point) => !hasPackets(point));
  const none = empty.length === 0 ? '' : `; none from ${someNames(empty)}`;
  return `${thousands(tick)} s: ${counts(sum(points))}${places}${none}`;
}

function counts({ packets, bytes, findings }: Omit<WatchedPoint, 'name' | 'isRunning'>): string {
  const found = findings === 0 ? '' : `, ${amount(findings, 'finding')} so far`;
  return `${amount(packets, 'packet')}, ${byteSize(bytes)}${found}`;
}

function sum(points: readonly WatchedPoint[]): Omit<WatchedPoint, 'name' | 'isRunning'> {
  const total = (key: 'packets' | 'bytes' | 'findings'): number =>
    points.reduce((all, point) => all + point[key], 0);
  return { packets: total('packets'), bytes: total('bytes'), findings: total('findings') };
}

function hasPackets({ bytes }: WatchedPoint): boolean {
  return bytes > FILE_HEADER_BYTES;
}

function someNames(points: readonly WatchedPoint[]): string {
  const more = points.length > 3 ? ` and ${points.length - 3} more` : '';
  return `${points
    .slice(0, 3)
    .map(({ name }) => name)
    .join(', ')}${more}`;
}

/** Empty if packets have come from everywhere. */
function hintOf(points: readonly WatchedPoint[]): string {
  const empty = points.filter((point) => point.isRunning && !hasPackets(point));
  if (empty.length === 0) return '';
  if (empty.length < points.length) return `No packet in ${PLAIN_TICKS} s from ${someNames(empty)}.\n`;
  return [
    `No packet in ${PLAIN_TICKS} s. It may be that`,
    ...EMPTY_CAPTURE_REASONS.map((reason) => `  - ${reason}`),
    '',
  ].join('\n');
}
