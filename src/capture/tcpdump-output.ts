/** Counters that tcpdump prints when it ends; null where it printed none. */
export interface TcpdumpCounters {
  readonly captured: number | null;
  readonly receivedByFilter: number | null;
  readonly droppedByKernel: number | null;
  readonly droppedByInterface: number | null;
}

/** Standard error of the wrapped tcpdump, read line by line. */
export interface TcpdumpOutput {
  /** Takes the next piece, cut anywhere. */
  readonly push: (chunk: Buffer) => void;
  readonly counters: () => TcpdumpCounters;
  /** Exit status from the trailer; undefined: no trailer yet. */
  readonly exitStatus: () => number | undefined;
  /** What it said besides, latest last. */
  readonly messages: () => readonly string[];
}

export interface TcpdumpEvents {
  /** "listening on …": packets are being captured from now on. */
  readonly onReady: (line: string) => void;
  /** The trailer: tcpdump has ended. */
  readonly onTrailer: (exitStatus: number) => void;
}

const maxLineBytes = 4096;
const maxMessages = 20;
const counterNames: readonly (readonly [RegExp, keyof TcpdumpCounters])[] = [
  [/^(\d+) packets? captured$/, 'captured'],
  [/^(\d+) packets? received by filter$/, 'receivedByFilter'],
  [/^(\d+) packets? dropped by kernel$/, 'droppedByKernel'],
  [/^(\d+) packets? dropped by interface$/, 'droppedByInterface'],
];

/** Reads tcpdump's standard error. Lines that are too long are cut; only the latest messages are kept. */
export function readTcpdumpOutput(events: TcpdumpEvents): TcpdumpOutput {
  const counters: { -readonly [K in keyof TcpdumpCounters]: number | null } = {
    captured: null,
    receivedByFilter: null,
    droppedByKernel: null,
    droppedByInterface: null,
  };
  const messages: string[] = [];
  let exitStatus: number | undefined;
  let rest = '';
  const takeLine = (line: string): void => {
    const trailer = /^netdebug-exit (\d{1,3})$/.exec(line);
    if (trailer !== null) {
      exitStatus = Number(trailer[1]);
      return events.onTrailer(exitStatus);
    }
    for (const [pattern, name] of counterNames) {
      const match = pattern.exec(line);
      if (match !== null) return void (counters[name] = Number(match[1]));
    }
    if (/listening on /.test(line)) return events.onReady(line);
    if (line.trim() !== '') messages.push(line);
    if (messages.length > maxMessages) messages.shift();
  };
  return {
    push: (chunk) => {
      // latin1 keeps byte boundaries: a character that is cut in two cannot corrupt the line's end.
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = (lines.pop() ?? '').slice(0, maxLineBytes);
      for (const line of lines) takeLine(line.slice(0, maxLineBytes).replace(/\r$/, ''));
    },
    counters: () => ({ ...counters }),
    exitStatus: () => exitStatus,
    messages: () => messages,
  };
}
