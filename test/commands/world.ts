import type { Io, Output } from '../../src/io.ts';

/** A world that a test owns: what was written is kept, Ctrl-C is a call. */
export interface World extends Io {
  readonly written: { stdout: Buffer[]; stderr: Buffer[] };
  /** What went to stdout, as text. */
  readonly out: () => string;
  readonly err: () => string;
  readonly interrupt: () => void;
}

/** A world without terminal, environment and input unless the test gives them. */
export function world(
  part: Partial<Pick<Io, 'stdin' | 'env' | 'cwd' | 'utcOffsetMinutes'>> & {
    tty?: boolean;
    readerGone?: boolean;
  } = {},
): World {
  const written = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const listeners = new Set<() => void>();
  const output = (kept: Buffer[], isTty: boolean): Output => ({
    isTty,
    widthCells: isTty ? 100 : 0,
    write: async (data) => {
      if (part.readerGone === true) return false;
      kept.push(Buffer.from(data));
      return true;
    },
  });
  return {
    written,
    out: () => Buffer.concat(written.stdout).toString('utf8'),
    err: () => Buffer.concat(written.stderr).toString('utf8'),
    interrupt: () => listeners.forEach((listener) => listener()),
    stdout: output(written.stdout, part.tty ?? false),
    stderr: output(written.stderr, part.tty ?? false),
    stdin: part.stdin ?? input(),
    env: part.env ?? {},
    cwd: part.cwd ?? import.meta.dirname,
    now: () => new Date('2026-11-21T10:04:42Z'),
    utcOffsetMinutes: part.utcOffsetMinutes ?? 0,
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    sleep: (_ms, signal) =>
      new Promise((resolve) =>
        signal === undefined ? setImmediate(resolve) : signal.addEventListener('abort', () => resolve()),
      ),
  };
}

/** Standard input that holds these pieces. */
export async function* input(...pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
