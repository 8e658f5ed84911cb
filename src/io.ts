/** The outside world as the command line sees it; tests inject their own, `process-io.ts` is the real one. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Bytes of standard input; read only by commands that were asked to. */
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder against which paths of the user are resolved. */
  readonly cwd: string;
  readonly now: () => Date;
  /** The user's offset from UTC in minutes, east positive. */
  readonly utcOffsetMinutes: number;
  /** Calls `listener` on each Ctrl-C or TERM until the returned function is called; before and after, they end the process. */
  readonly onInterrupt: (listener: () => void) => () => void;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** A stream to write to. */
export interface Output {
  readonly isTty: boolean;
  /** Width of the terminal in cells; 0: no terminal. */
  readonly widthCells: number;
  /** Resolves when the data was taken (backpressure); false: nobody reads any more, which is no error. */
  readonly write: (data: string | Uint8Array) => Promise<boolean>;
}
