import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';

/** Ctrl-C while a command works: once to stop, twice to leave. Until it is disposed of, Ctrl-C does not end the process. */
export interface Interrupts extends Disposable {
  /** Aborted by the first Ctrl-C. */
  readonly stop: AbortSignal;
  /** Aborted by the second. */
  readonly leave: AbortSignal;
  /** Calls `act` on every further one, until the returned function is called. */
  readonly onNext: (act: () => void) => () => void;
}

/** Takes Ctrl-C from now on. */
export function takeInterrupts(io: Io): Interrupts {
  const stop = new AbortController();
  const leave = new AbortController();
  const acts = new Set<() => void>();
  const release = io.onInterrupt(() => {
    (stop.signal.aborted ? leave : stop).abort();
    for (const act of acts) act();
  });
  const onNext = (act: () => void): (() => void) => {
    acts.add(act);
    return () => void acts.delete(act);
  };
  return { stop: stop.signal, leave: leave.signal, onNext, [Symbol.dispose]: release };
}

/** A task that is given up at the first Ctrl-C: it goes on, and nobody waits. Throws UserError then. */
export async function unlessStopped<T>(interrupts: Interrupts, task: Promise<T>): Promise<T> {
  if (interrupts.stop.aborted) {
    task.catch(() => undefined);
    throw leftEarly();
  }
  return await unlessInterrupted(interrupts, task, leftEarly);
}

/** As {@link unlessStopped}, at any Ctrl-C from now on. */
export async function unlessInterrupted<T>(
  interrupts: Interrupts,
  task: Promise<T>,
  error: () => UserError,
): Promise<T> {
  const interrupted = Promise.withResolvers<never>();
  const release = interrupts.onNext(() => interrupted.reject(error()));
  // Nobody hears of what comes after it.
  task.catch(() => undefined);
  try {
    return await Promise.race([task, interrupted.promise]);
  } finally {
    release();
  }
}

/** All was captured, and the user does not wait for what it means. */
export function leftBeforeReport(): UserError {
  return new UserError(
    'interrupted before the report was made',
    'the captures had ended, and were being judged',
    'what is kept of them can be judged later: kubectl netdebug analyze FILE',
  );
}

/** Nothing was captured yet when the user interrupted. */
export function leftEarly(): UserError {
  return new UserError(
    'interrupted before the capture began',
    'nothing was captured',
    'nothing has to be cleaned up',
  );
}
