import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The writing end of a named pipe. */
export interface CapturePipe {
  /** Resolves when the pipe has taken all of it (backpressure); false: its reader has gone, or it was closed. */
  readonly write: (chunk: Uint8Array) => Promise<boolean>;
  /** Closes at once; a write that is still waiting is given up. */
  readonly close: () => void;
}

const pollMs = 100;
/** The reader has gone, or the pipe was closed here while a write waited. */
const overCodes: readonly (string | undefined)[] = ['EPIPE', 'ECANCELED', 'ERR_STREAM_DESTROYED'];

/**
 * Opens a named pipe once it has a reader; `onWait` is called if that takes time. Never by blocking
 * calls: a thread that waits for room in a pipe could not be ended, and would hold up the end of the
 * program. Throws what the file system throws.
 */
export async function openPipe(path: string, onWait: () => void): Promise<CapturePipe> {
  let descriptor = tryOpen(path);
  if (descriptor === undefined) onWait();
  while (descriptor === undefined) {
    await sleep(pollMs);
    descriptor = tryOpen(path);
  }
  return writerOf(descriptor);
}

/** undefined: nobody reads it yet (ENXIO in open(2)). */
function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return undefined;
    throw error;
  }
}

function writerOf(descriptor: number): CapturePipe {
  let socket: Socket;
  try {
    socket = new Socket({ fd: descriptor, readable: false, writable: true });
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  // Each write hears of its own failure; without a listener the event would end the program.
  socket.on('error', () => undefined);
  const write = (chunk: Uint8Array): Promise<boolean> =>
    new Promise((resolve, reject) => {
      socket.write(chunk, (error?: NodeJS.ErrnoException | null) => {
        if (error == null) resolve(true);
        else if (overCodes.includes(error.code)) resolve(false);
        else reject(error);
      });
    });
  return { write, close: () => void socket.destroy() };
}
