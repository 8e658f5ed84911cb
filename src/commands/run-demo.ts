import { join } from 'node:path';
import { assetsFolder } from '../assets.ts';
import { replayDemo } from '../demo/demo.ts';
import { listRecordings, loadScenario } from '../demo/recording.ts';
import type { Io } from '../io.ts';
import { type Given, isGiven, textOf } from './command.ts';
import { parseGiven } from './parse.ts';
import { runTrace } from './run-trace.ts';
import { trace } from './trace.ts';

/** Replays a recorded incident through `trace`. */
export async function runDemo(given: Given, io: Io): Promise<number> {
  const runWords = (words: readonly string[]): Promise<number> => runTrace(parseGiven(trace, words), io);
  // Around data for a program nothing else may stand on stdout.
  const isForPeople = ['table', 'wide'].includes(textOf(given, 'output') ?? 'table');
  const say = (text: string): Promise<boolean> => (isForPeople ? io.stdout : io.stderr).write(text);
  return replayDemo(
    { folder: recordingsFolder(), name: given.operands[0], flags: traceFlags(given) },
    runWords,
    say,
  );
}

/** The recordings, for completion. */
export async function listScenarios(): Promise<{ name: string; title: string }[]> {
  const names = await listRecordings(recordingsFolder());
  return Promise.all(
    names.map(async (name) => ({ name, title: (await loadScenario(recordingsFolder(), name)).title })),
  );
}

function recordingsFolder(): string {
  return join(assetsFolder, 'recordings');
}

/** The output flags as trace takes them. */
function traceFlags(given: Given): string[] {
  const valued = ['output', 'fail-on'].flatMap((name) => {
    const value = textOf(given, name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  const set = ['allow-empty', 'quiet', 'verbose'].filter((name) => isGiven(given, name));
  return [...valued, ...set.map((name) => `--${name}`)];
}
