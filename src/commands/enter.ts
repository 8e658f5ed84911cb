import type { Plan } from '../capture/ladder.ts';
import { enterPlace, type EnteredPlace } from '../capture/start-container.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { KubeConnection } from '../kube/exec-api.ts';

/** A place that was entered, and whether Ctrl-C came since; a capture that runs answers Ctrl-C itself. */
export interface HeldPlace extends EnteredPlace {
  /** Throws UserError if the user has interrupted: to be called before anything longer is begun. */
  readonly throwIfInterrupted: () => void;
}

/**
 * Carries a plan out so that Ctrl-C leaves no pod behind: it ends the waiting, and until the place is
 * disposed of it does not end the process. Throws as `enterPlace` does.
 */
export async function enter(
  api: KubeConnection,
  plan: Plan,
  say: (line: string) => void,
  io: Io,
): Promise<HeldPlace> {
  const interrupted = new AbortController();
  const release = io.onInterrupt(() => interrupted.abort());
  try {
    const place = await enterPlace(api, plan, say, { signal: interrupted.signal });
    // A debug container ends by itself: only a pod has to be waited for.
    if (plan.kind !== 'node-pod') release();
    const dispose = async (): Promise<void> => {
      await place[Symbol.asyncDispose]();
      release();
    };
    return {
      ...place,
      throwIfInterrupted: () => {
        if (interrupted.signal.aborted) throw leftEarly();
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    release();
    throw error;
  }
}

function leftEarly(): UserError {
  return new UserError(
    'interrupted before the capture began',
    'nothing was captured',
    'nothing has to be cleaned up',
  );
}
