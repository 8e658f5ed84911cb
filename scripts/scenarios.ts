import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { explainers } from '../src/explain/index.ts';
import type { Instance } from '../test/cluster/instances.ts';
import { instances, instanceVariable, podNetworks } from '../test/cluster/instances.ts';
import type { Played } from '../test/cluster/play.ts';
import {
  merge,
  parseTable,
  rowOf,
  tablePath,
  toMarkdown,
  type ScenarioRow,
} from '../test/cluster/scenario-table.ts';
import { scenarios } from '../test/cluster/scenarios/index.ts';
import { fail } from './failure.ts';

/*
 * Plays every fault on the real clusters and writes docs/scenarios.md (Linux, root):
 *   npm run scenarios [-- SCENARIO…]
 */

const root = join(import.meta.dirname, '..');

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !scenarios.some((one) => one.name === name));
  if (unknown.length > 0)
    fail(
      'cannot play what is asked for',
      `there is no scenario ${unknown.join(', ')}`,
      'npm run cluster -- fault   # lists them',
    );
  const rows: ScenarioRow[] = [];
  // One after the other: the faults of a whole node on one cluster would slow down what is timed on the other.
  for (const cni of podNetworks) {
    const some = scenarios.filter(
      ({ name, on }) => on.includes(cni) && (names.length === 0 || names.includes(name)),
    );
    if (some.length === 0) continue;
    const played = await playOn(
      cni,
      some.map(({ name }) => name),
    );
    for (const scenario of some) {
      const own = played.find((one) => one.scenario === scenario.name);
      if (own === undefined) continue;
      rows.push(rowOf(scenario, cni, own));
      if (own.wrong.length === 0 && scenario.on[0] === cni) writeShown(scenario.name, own.shown);
    }
  }
  const path = join(root, tablePath);
  const old = parseTable(existsSync(path) ? readFileSync(path, 'utf8') : '');
  const isKnown = (name: string, cni: string): boolean =>
    scenarios.some((one) => one.name === name && one.on.some((row) => row === cni));
  writeFileSync(
    path,
    toMarkdown(
      merge(
        old,
        rows,
        explainers.map(({ id }) => id),
        isKnown,
      ),
    ),
  );
  for (const row of rows) {
    const cells = [
      row.scenario,
      row.cni,
      row.findings,
      row.cause,
      row.confidence,
      `${row.seconds} s`,
      row.result,
    ];
    process.stdout.write(`${cells.join('  ')}\n`);
  }
  const wrong = rows.filter(({ result }) => result !== 'as expected');
  process.stdout.write(`${rows.length - wrong.length} of ${rows.length} as expected\n`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

/** What a person reads under the fault, beside the table. */
function writeShown(name: string, text: string): void {
  const folder = join(root, tablePath.replace(/\.md$/, ''));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.txt`), text);
}

/** The cluster with that pod network; the spare one if the caller says so. */
function instanceFor(cni: Instance['cni']): keyof typeof instances {
  return cni === instances.spare.cni && process.env[instanceVariable] === 'spare' ? 'spare' : cni;
}

/** A process works on one cluster; its progress is shown, its result is JSON on stdout. */
async function playOn(cni: Instance['cni'], names: readonly string[]): Promise<Played[]> {
  const program = join(root, 'test/cluster/play-all.ts');
  const child = spawn(process.execPath, [program, ...names], {
    cwd: root,
    env: { ...process.env, [instanceVariable]: instanceFor(cni) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const exitStatus = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (exitStatus !== 0)
    fail(
      `cannot play on the cluster with ${cni}`,
      `test/cluster/play-all.ts ended with status ${String(exitStatus)}; its last words are above`,
      `npm run cluster -- --cni ${cni} status`,
    );
  return JSON.parse(stdout) as Played[];
}

await main(process.argv.slice(2));
