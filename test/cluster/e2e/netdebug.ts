import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll } from 'vitest';
import type { Report } from '../../../src/report/report.ts';
import { adminKubeconfig, kubectlPath } from '../paths.ts';
import { waitFor } from '../wait.ts';

const binFolder = resolve(import.meta.dirname, '../../../bin');

/** How a run ended (null: by a signal) and all that it printed. */
export interface RunEnd {
  readonly exitStatus: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the program. kubectl replaces itself by its plugin, and the launcher by Node: one process. */
export interface Run {
  readonly child: ChildProcess;
  /** What it has said on stderr so far. */
  readonly stderr: () => string;
  readonly done: Promise<RunEnd>;
}

/** How the program is started. */
export interface StartOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Words before the arguments; `kubectl netdebug` unless given. */
  readonly program?: readonly [string, ...string[]];
  /** In a process group of its own, as a shell with a terminal does it. */
  readonly isGroup?: boolean;
  readonly cwd?: string;
}

/** Where captures are kept that nobody gave a name; goes with the test file. */
const temporaryFolder = mkdtempSync(join(tmpdir(), 'netdebug-e2e-'));
afterAll(() => rmSync(temporaryFolder, { recursive: true, force: true }));

/** The environment in which kubectl finds the plugin of this checkout and the test cluster. */
export function environment(extra: Readonly<Record<string, string | undefined>> = {}): NodeJS.ProcessEnv {
  return {
    ...process.env,
    KUBECONFIG: adminKubeconfig,
    TMPDIR: temporaryFolder,
    ...extra,
    // Last: whatever a test sets, kubectl must find the plugin of this checkout.
    PATH: `${binFolder}:${dirname(kubectlPath)}:${extra['PATH'] ?? process.env['PATH'] ?? ''}`,
  };
}

/** The launcher of this checkout. */
export const launcher: string = resolve(binFolder, 'kubectl-netdebug');

/** Starts `kubectl netdebug ARGS…`. */
export function start(args: readonly string[], options: StartOptions = {}): Run {
  const [program, ...before] = options.program ?? [kubectlPath, 'netdebug'];
  const child = spawn(program, [...before, ...args], {
    env: environment(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.isGroup ?? false,
    cwd: options.cwd,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const done = new Promise<RunEnd>((settle, reject) => {
    child.on('error', reject);
    child.on('close', (exitStatus) => settle({ exitStatus, stdout, stderr }));
  });
  return { child, stderr: () => stderr, done };
}

/** Waits until the run has said something on stderr; an error if it ends before. */
export async function said(run: Run, words: string): Promise<void> {
  await waitFor(
    `"${words}" on stderr`,
    async () => run.stderr().includes(words) || run.child.exitCode !== null,
  );
  if (!run.stderr().includes(words)) throw new Error(`it ended without "${words}": ${run.stderr()}`);
}

/** Runs `kubectl netdebug ARGS… -o json` to its end. */
export async function report(
  args: readonly string[],
): Promise<{ report: Report; exitStatus: number | null; stderr: string }> {
  const { exitStatus, stdout, stderr } = await start([...args, '-o', 'json']).done;
  if (stdout.trim() === '') throw new Error(`no report, exit status ${exitStatus}: ${stderr}`);
  return { report: JSON.parse(stdout) as Report, exitStatus, stderr };
}
