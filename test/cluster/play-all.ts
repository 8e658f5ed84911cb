import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cluster } from './cluster.ts';
import { instance } from './instance.ts';
import { type LockName, withAnyLock, withLock } from './lock.ts';
import { play, type Played } from './play.ts';
import { progress } from './progress.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { furtherStage, onStage, type Stage } from './stage.ts';
import { bringUp } from './up.ts';

/*
 * Plays the scenarios of this process's instance, all or those that are named, and prints what came of them as JSON:
 *   NETDEBUG_CLUSTER=cilium node test/cluster/play-all.ts [SCENARIO…]
 */

/** Scenarios that play at a time: more make captures compete for the machine's two processors. */
const SIDE_BY_SIDE = 3;
/** Each is locked while it is played on, for another run of this program may play on the same cluster. */
const STAGES: readonly LockName[] = ['stage-1', 'stage-2', 'stage-3', 'stage-4', 'stage-5', 'stage-6'];

async function main(names: readonly string[]): Promise<Played[]> {
  await withLock('cluster', bringUp);
  const mine = scenarios.filter(
    ({ name, on }) => on.includes(instance.cni) && (names.length === 0 || names.includes(name)),
  );
  const played: Played[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'netdebug-scenarios-'));
  try {
    const waiting = mine.filter(({ isAlone }) => isAlone !== true);
    const playRow = async (stage: Stage): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        played.push(await playOne(onStage(next, stage), folder));
      await cluster.kubectl(['delete', 'namespace', stage.namespace]);
    };
    const rows = Array.from({ length: Math.min(SIDE_BY_SIDE, waiting.length) }, async () => {
      await withAnyLock(STAGES, async (name) => await playRow(furtherStage(STAGES.indexOf(name) + 1)));
    });
    await Promise.all(rows);
    for (const scenario of mine.filter(({ isAlone }) => isAlone === true))
      played.push(await withLock('scenario', async () => await playOne(scenario, folder)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return played;
}

/** A scenario that cannot be played is wrong; the others go on. */
async function playOne(scenario: Scenario, folder: string): Promise<Played> {
  const played = await play(scenario, folder).catch((error: unknown): Played => {
    const text = error instanceof Error ? error.message : String(error);
    return {
      scenario: scenario.name,
      findings: [],
      causes: [],
      checked: null,
      seconds: 0,
      shown: '',
      wrong: [text],
    };
  });
  const cause = played.causes[0];
  progress(
    [
      `${instance.cni} ${scenario.name}:`,
      cause === undefined ? 'no cause' : `${cause.id} (${cause.confidence})`,
      ...played.wrong.map((text) => `WRONG: ${text}`),
    ].join(' '),
  );
  return played;
}

process.stdout.write(`${JSON.stringify(await main(process.argv.slice(2)))}\n`);
