import { dirname, resolve } from 'node:path';
import type { Report } from '../../src/report/report.ts';
import { tryRun } from './command.ts';
import { adminKubeconfig, kubectlPath } from './paths.ts';
import type { Scenario } from './scenario.ts';

const binFolder = resolve(import.meta.dirname, '../../bin');

/** Traces a scenario's target with the program of this checkout; captures go to `folder`. */
export async function trace(
  { target, namespace }: Scenario,
  seconds: number,
  folder: string,
): Promise<{ readonly report: Report; readonly exitStatus: number }> {
  const command = ['netdebug', 'trace', target, '-n', namespace, '--duration', `${seconds}s`, '-o', 'json'];
  const { exitStatus, stdout, stderr } = await tryRun([kubectlPath, ...command], {
    env: {
      KUBECONFIG: adminKubeconfig,
      TMPDIR: folder,
      PATH: `${binFolder}:${dirname(kubectlPath)}:${process.env['PATH'] ?? ''}`,
    },
    timeoutMs: 150_000,
  });
  if (stdout.trim() === '') throw new Error(`no report, exit status ${exitStatus}: ${stderr}`);
  return { report: JSON.parse(stdout) as Report, exitStatus };
}
