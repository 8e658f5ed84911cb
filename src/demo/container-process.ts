import type { ExecStream } from './exec-stream.ts';
import { isFilterPlausible } from './filter-syntax.ts';
import type { Recording } from './recording.ts';
import { parseTcpdumpArguments } from './tcpdump-arguments.ts';
import { replayTcpdump } from './tcpdump-replay.ts';

/** The debug container as the server plays it. */
export interface ContainerOptions {
  readonly replayMs: number;
  /** CapEff of processes in the container, 16 hex digits. */
  readonly effectiveCapabilities: string;
}

/**
 * Plays the process that an exec starts in the debug container: `cat` and `grep` of the files that a
 * capture looks at, `tcpdump -d`, and tcpdump under a shell that guards it. Nothing is executed on
 * this machine. Returns the exit code.
 */
export async function runInContainer(
  stream: ExecStream,
  argv: readonly string[],
  recording: Recording,
  options: ContainerOptions,
): Promise<number> {
  const at = argv.findIndex((argument) => argument === 'tcpdump' || argument.endsWith('/tcpdump'));
  if (at === 0) return await compileFilter(stream, argv.slice(1));
  if (at > 0) return await runGuarded(stream, argv, at, recording, options);
  const output = readFiles(argv.join(' '), recording, options);
  if (output === undefined) {
    await stream.writeStderr(`sh: ${argv[0] ?? ''}: not found\n`);
    return 127;
  }
  await stream.writeStdout(Buffer.from(output));
  return 0;
}

/** Everything that a command line names of what the container has, in the order in which it is named. */
function readFiles(commandLine: string, recording: Recording, options: ContainerOptions): string | undefined {
  const status = `Name:\tsh\nUid:\t0\t0\t0\t0\nCapPrm:\t${options.effectiveCapabilities}\nCapEff:\t${options.effectiveCapabilities}\nCapBnd:\t${options.effectiveCapabilities}\n`;
  const files: readonly (readonly [RegExp, string])[] = [
    [/\/etc\/resolv\.conf/, recording.resolvConf],
    [
      /\/proc\/(?:self|1|\$\$)\/status/,
      /CapEff/.test(commandLine) ? `CapEff:\t${options.effectiveCapabilities}\n` : status,
    ],
    [/\/proc\/net\/dev/, '    lo: 0 0\n  eth0: 0 0\n'],
  ];
  const named = files
    .map(([pattern, content]) => ({ index: commandLine.search(pattern), content }))
    .filter(({ index }) => index >= 0)
    .toSorted((a, b) => a.index - b.index);
  return named.length === 0 ? undefined : named.map(({ content }) => content).join('');
}

async function compileFilter(stream: ExecStream, argv: readonly string[]): Promise<number> {
  const { filter, snapLengthBytes } = parseTcpdumpArguments(argv);
  if (!isFilterPlausible(filter)) {
    await stream.writeStderr("tcpdump: can't parse filter expression: syntax error\n");
    return 1;
  }
  await stream.writeStdout(Buffer.from(`(000) ret      #${snapLengthBytes}\n`));
  return 0;
}

/**
 * Plays the shell around tcpdump: a line or the end of stdin ends tcpdump, and so does the deadline
 * in the argument before it; `netdebug-exit` is printed, and stdin is awaited before the end.
 */
async function runGuarded(
  stream: ExecStream,
  argv: readonly string[],
  at: number,
  recording: Recording,
  options: ContainerOptions,
): Promise<number> {
  const wanted = parseTcpdumpArguments(argv.slice(at + 1));
  if (wanted.compileOnly) return await compileFilter(stream, argv.slice(at + 1));
  const terminate = new AbortController();
  const stdin = watchStdin(stream, terminate);
  const seconds = Number(argv[at - 1]);
  const deadline = Number.isFinite(seconds)
    ? setTimeout(() => terminate.abort(), Math.min(seconds * 1e3, 2 ** 31 - 1))
    : undefined;
  try {
    const exitCode = await replayTcpdump(stream, recording, wanted, {
      replayMs: options.replayMs,
      terminate: terminate.signal,
    });
    await stream.writeStderr(`netdebug-exit ${exitCode}\n`);
    await stdin;
    return exitCode;
  } finally {
    clearTimeout(deadline);
  }
}

/** The first line ends tcpdump, the second the watching; so does the end of stdin at any time. */
async function watchStdin(stream: ExecStream, terminate: AbortController): Promise<void> {
  const isLine = await stream.readLine();
  terminate.abort();
  if (isLine) await stream.readLine();
}
