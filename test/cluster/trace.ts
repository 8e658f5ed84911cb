import { mkdtempSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Report } from '../../src/report/report.ts';
import { tryRun } from './command.ts';
import { adminKubeconfig, kubectlPath } from './paths.ts';
import { type TracedTicket, ticketIn } from './replay.ts';
import type { Scenario } from './scenario.ts';

const binFolder = resolve(import.meta.dirname, '../../bin');

/** Traces a scenario's target with the program of this checkout; captures and the ticket go to a folder in `folder`. */
export async function trace(
  { target, namespace, further = [], traceFlags = [] }: Scenario,
  seconds: number,
  folder: string,
): Promise<TracedTicket> {
  const command = [
    'netdebug',
    'trace',
    target,
    ...further,
    ...traceFlags,
    '-n',
    namespace,
    '--duration',
    `${seconds}s`,
    '--bundle',
    '-o',
    'json',
  ];
  const own = mkdtempSync(join(folder, 'trace-'));
  const { exitStatus, stdout, stderr } = await tryRun([kubectlPath, ...command], {
    cwd: own,
    env: {
      KUBECONFIG: adminKubeconfig,
      TMPDIR: own,
      PATH: `${binFolder}:${dirname(kubectlPath)}:${process.env['PATH'] ?? ''}`,
    },
    timeoutMs: 150_000,
  });
  if (stdout.trim() === '') throw new Error(`no report, exit status ${exitStatus}: ${stderr}`);
  return { report: JSON.parse(stdout) as Report, exitStatus, ticket: ticketIn(own) };
}
