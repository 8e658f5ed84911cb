import { spawn } from 'node:child_process';

/** How a command is run. */
export interface CommandOptions {
  /** Written to its standard input, which is then closed. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Killed after this time. */
  readonly timeoutMs?: number;
}

/** How a command ended. */
export interface CommandResult {
  /** -1 if it was ended by a signal. */
  readonly exitStatus: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, without a shell. Throws only if it could not be started. */
export async function tryRun(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program = '', ...args] = argv;
  return await new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined); // EPIPE: it ended without reading; its exit status says why
    child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('close', (code) => resolve({ exitStatus: code ?? -1, stdout, stderr }));
  });
}

/** As `tryRun`, but an exit status other than 0 is an error that quotes the end of what was printed. Returns stdout. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await tryRun(argv, options);
  if (result.exitStatus === 0) return result.stdout;
  const said = `${result.stdout}${result.stderr}`.trim().slice(-2000);
  throw new Error(`${argv.slice(0, 6).join(' ')}: exit status ${result.exitStatus}: ${said}`);
}
