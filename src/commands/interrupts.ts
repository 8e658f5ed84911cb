import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';

/** Ctrl-C while a command works: once to stop, twice to leave. Until it is disposed of, Ctrl-C does not end the process. */
export interface Interrupts extends Disposable {
  /** Aborted by the first Ctrl-C. */
  readonly stop: AbortSignal;
  /** Aborted by the second. */
  readonly leave: AbortSignal;
}

/** Takes Ctrl-C from now on. */
export function takeInterrupts(io: Io): Interrupts {
  const stop = new AbortController();
  const leave = new AbortController();
  const release = io.onInterrupt(() => (stop.signal.aborted ? leave : stop).abort());
  return { stop: stop.signal, leave: leave.signal, [Symbol.dispose]: release };
}

/** A task that is given up at the first Ctrl-C: it goes on, and nobody waits. Throws UserError then. */
export async function unlessStopped<T>(interrupts: Interrupts, task: Promise<T>): Promise<T> {
  const stopped = Promise.withResolvers<never>();
  const leave = (): void => stopped.reject(leftEarly());
  if (interrupts.stop.aborted) leave();
  interrupts.stop.addEventListener('abort', leave);
  // Nobody hears of what comes after the stop.
  task.catch(() => undefined);
  try {
    return await Promise.race([task, stopped.promise]);
  } finally {
    interrupts.stop.removeEventListener('abort', leave);
  }
}

/** Nothing was captured yet when the user interrupted. */
export function leftEarly(): UserError {
  return new UserError(
    'interrupted before the capture began',
    'nothing was captured',
    'nothing has to be cleaned up',
  );
}
