import { setTimeout as delay } from 'node:timers/promises';
import type { Io, Output } from './io.ts';

/** The world of this process. */
export function processIo(): Io {
  const { env } = process;
  return {
    stdout: streamOutput(process.stdout),
    stderr: streamOutput(process.stderr),
    // A getter: touching process.stdin opens it, and most commands never read it.
    get stdin(): AsyncIterable<Uint8Array> {
      return process.stdin;
    },
    env,
    cwd: process.cwd(),
    now: () => new Date(),
    utcOffsetMinutes: -new Date().getTimezoneOffset() + 0,
    onInterrupt,
    sleep: (ms, signal) =>
      delay(ms, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) }).catch(
        () => undefined,
      ),
  };
}

/** A writable stream whose reader may go away: EPIPE is how `| head` says that it has enough. */
export function streamOutput(stream: NodeJS.WriteStream): Output {
  let failure: NodeJS.ErrnoException | undefined;
  stream.on('error', (error: NodeJS.ErrnoException) => (failure = error));
  const write = (data: string | Uint8Array): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const settle = (error: NodeJS.ErrnoException | null | undefined): void => {
        if (error == null) resolve(true);
        else if (isReaderGone(error)) resolve(false);
        else reject(error);
      };
      if (failure !== undefined) settle(failure);
      else stream.write(data, settle);
    });
  return { isTty: stream.isTTY ?? false, widthCells: stream.isTTY ? stream.columns : 0, write };
}

function isReaderGone(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' || error.code === 'EOF';
}

function onInterrupt(listener: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
