import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Report } from '../../src/report/report.ts';
import { type CommandResult, tryRun } from './command.ts';

const launcher = resolve(import.meta.dirname, '../../bin/kubectl-netdebug');

/** What a trace said, and the ticket that it packed. */
export interface TracedTicket {
  readonly report: Report;
  readonly exitStatus: number;
  /** Path of its archive. */
  readonly ticket: string;
}

/**
 * In what `analyze` of the ticket differs from the trace that packed it, one sentence each: it has no cluster, no
 * kubeconfig and an empty home, and must say the same, word for word. Empty: it does.
 */
export async function replayDifferences({ report, exitStatus, ticket }: TracedTicket): Promise<string[]> {
  const home = mkdtempSync(`${ticket}-elsewhere-`);
  try {
    const analysed = await analyze(ticket, home, ['-o', 'json']);
    if (analysed.stdout.trim() === '') return [`the ticket cannot be analysed: ${analysed.stderr}`];
    const there: unknown = JSON.parse(analysed.stdout);
    return [
      ...differences(report, there, 'report').map((text) => `replayed from the ticket, ${text}`),
      ...(analysed.exitStatus === exitStatus
        ? []
        : [`replayed from the ticket, the exit status is ${analysed.exitStatus}`]),
    ];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** What a person reads of the ticket, wherever it is opened. */
export async function ticketText({ ticket }: TracedTicket): Promise<string> {
  return (await analyze(ticket, dirname(ticket), [])).stdout;
}

async function analyze(ticket: string, home: string, flags: readonly string[]): Promise<CommandResult> {
  return await tryRun([launcher, 'analyze', ticket, ...flags], {
    cwd: home,
    env: { KUBECONFIG: undefined, HOME: home, KUBERNETES_SERVICE_HOST: undefined },
    timeoutMs: 60_000,
  });
}

/** The only archive in a folder that a trace wrote to. */
export function ticketIn(folder: string): string {
  const [name, ...others] = readdirSync(folder).filter((entry) => entry.endsWith('.tar.gz'));
  if (name === undefined || others.length > 0) throw new Error(`not one ticket in ${folder}`);
  return join(folder, name);
}

/** The first few places in which two JSON values differ. */
function differences(here: unknown, there: unknown, path: string): string[] {
  if (isPlain(here) && isPlain(there)) {
    const keys = [...new Set([...Object.keys(here), ...Object.keys(there)])];
    return keys.flatMap((key) => differences(here[key], there[key], `${path}.${key}`)).slice(0, 5);
  }
  const [one, other] = [JSON.stringify(here), JSON.stringify(there)];
  return one === other ? [] : [`${path} is ${other} and not ${one}`];
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
