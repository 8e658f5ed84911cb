import type { CaptureEnd, RunningCapture } from '../capture/running-capture.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { amount, byteSize, thousands } from '../report/amounts.ts';
import { EMPTY_CAPTURE_REASONS } from '../report/verdict.ts';
import { FILE_HEADER_BYTES } from './capture-store.ts';

/** What is said about a capture while it runs. */
export interface Watched {
  /** "pod/shop/checkout". */
  readonly target: string;
  readonly interfaceName: string;
  readonly durationMs: number;
}

const TICK_MS = 1000;
/** After so long without a packet the user is told why that may be. */
const HINT_TICKS = 10;

/**
 * Waits for the end of a capture: shows progress, hints when nothing comes, and answers Ctrl-C (once:
 * stop and analyse; twice: leave at once, a UserError). Rejects with the sink's own error.
 */
export async function watchCapture(running: RunningCapture, watched: Watched, io: Io): Promise<CaptureEnd> {
  await io.stderr.write(
    `Capturing on ${watched.interfaceName} of ${watched.target} for ${seconds(watched.durationMs)}: let it happen now; Ctrl-C ends it early.\n`,
  );
  const ending = new AbortController();
  const left = Promise.withResolvers<never>();
  // Handled by the race below; without this an interrupt after the end would be an unhandled rejection.
  left.promise.catch(() => undefined);
  const release = io.onInterrupt(interrupter(running, watched, left.reject, io));
  const progress = showProgress(running, io, ending.signal);
  try {
    return await Promise.race([running.done, left.promise]);
  } finally {
    ending.abort();
    release();
    await progress;
  }
}

function interrupter(
  running: RunningCapture,
  watched: Watched,
  leave: (reason: UserError) => void,
  io: Io,
): () => void {
  let interrupts = 0;
  return () => {
    interrupts += 1;
    if (interrupts === 1) {
      running.stop();
      const held = running.isHeldBack()
        ? 'draining what was captured, the reader takes it slowly'
        : 'analysing what was captured';
      void io.stderr.write(
        `${io.stderr.isTty ? '\r\u001b[K' : ''}Stopped; ${held}. Ctrl-C again leaves at once.\n`,
      );
      return;
    }
    running.abandon();
    leave(
      new UserError(
        'left before the end',
        `interrupted twice; the capture of ${watched.target} was not analysed`,
        'the debug container ends its capture and itself; nothing has to be cleaned up',
      ),
    );
  };
}

/** One line that is written over on a terminal; elsewhere only the hint. */
async function showProgress(running: RunningCapture, io: Io, signal: AbortSignal): Promise<void> {
  let isLineOpen = false;
  for (let tick = 1; ; tick += 1) {
    await io.sleep(TICK_MS, signal);
    if (signal.aborted) break;
    const { packets, bytes } = running.progress();
    if (tick === HINT_TICKS && bytes <= FILE_HEADER_BYTES) {
      await io.stderr.write(`${isLineOpen ? '\r\u001b[K' : ''}${emptyHint()}`);
      isLineOpen = false;
    }
    if (!io.stderr.isTty) continue;
    const count = packets === null ? '' : `${amount(packets, 'packet')}, `;
    await io.stderr.write(`\r\u001b[K${thousands(tick)} s, ${count}${byteSize(bytes)}`);
    isLineOpen = true;
  }
  if (isLineOpen) await io.stderr.write('\r\u001b[K');
}

function emptyHint(): string {
  return [
    `No packet in ${HINT_TICKS} s. It may be that`,
    ...EMPTY_CAPTURE_REASONS.map((reason) => `  - ${reason}`),
    '',
  ].join('\n');
}

function seconds(ms: number): string {
  if (ms < 120_000) return `${thousands(ms / 1000)} s`;
  return `${thousands(ms / 60_000)} min`;
}
