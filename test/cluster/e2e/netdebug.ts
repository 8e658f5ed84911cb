import { spawn, type ChildProcess } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import type { Report } from '../../../src/report/report.ts';
import { adminKubeconfig, kubectlPath } from '../paths.ts';

const binFolder = resolve(import.meta.dirname, '../../../bin');

/** A run of the program as a user starts it: through kubectl, as its plugin. */
export interface Run {
  readonly child: ChildProcess;
  /** Exit status (null: ended by a signal) and all that was printed. */
  readonly done: Promise<{ exitStatus: number | null; stdout: string; stderr: string }>;
}

/** The environment in which kubectl finds the plugin of this checkout and the test cluster. */
export function environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${binFolder}:${dirname(kubectlPath)}:${process.env['PATH'] ?? ''}`,
    KUBECONFIG: adminKubeconfig,
    ...extra,
  };
}

/** Starts `kubectl netdebug ARGS…`. */
export function start(args: readonly string[], extra: Readonly<Record<string, string>> = {}): Run {
  const child = spawn(kubectlPath, ['netdebug', ...args], {
    env: environment(extra),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const done = new Promise<{ exitStatus: number | null; stdout: string; stderr: string }>((settle, reject) => {
    child.on('error', reject);
    child.on('close', (exitStatus) => settle({ exitStatus, stdout, stderr }));
  });
  return { child, done };
}

/** Runs `kubectl netdebug ARGS… -o json` to its end. */
export async function report(args: readonly string[]): Promise<{ report: Report; exitStatus: number | null; stderr: string }> {
  const { exitStatus, stdout, stderr } = await start([...args, '-o', 'json']).done;
  if (stdout.trim() === '') throw new Error(`no report, exit status ${exitStatus}: ${stderr}`);
  return { report: JSON.parse(stdout) as Report, exitStatus, stderr };
}
