import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { connect } from '../kube/connect.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import type { Given } from './command.ts';
import { connectionValues } from './connection-values.ts';
import { nearestWord } from './nearest.ts';
import { captureList } from './run-capture-list.ts';
import { capturePull } from './run-capture-pull.ts';
import { captureStart } from './run-capture-start.ts';
import { captureStop } from './run-capture-stop.ts';

/** One of the actions of `capture`. */
export interface Action {
  readonly run: (api: KubeConnection, given: Given, io: Io) => Promise<number>;
  /** Flags that mean something to it, besides output and connection. */
  readonly flags: readonly string[];
  readonly needsTarget: boolean;
}

/** By its name. */
export const actions: Readonly<Record<string, Action>> = {
  start: {
    run: captureStart,
    flags: [
      'ring',
      'ttl',
      'until',
      'before',
      'after',
      'name',
      'filter',
      'interface',
      'snaplen',
      'image',
      'dry-run',
    ],
    needsTarget: true,
  },
  list: { run: captureList, flags: ['all-namespaces'], needsTarget: false },
  stop: { run: captureStop, flags: ['name', 'discard'], needsTarget: true },
  pull: { run: capturePull, flags: ['name', 'stop', 'write', 'bundle', 'full'], needsTarget: true },
};

/** Flags of one action only; given with another one they would be ignored without a word. */
const ownFlags = new Set(Object.values(actions).flatMap(({ flags }) => flags));

/** Complete, validate, run. */
export async function runCapture(given: Given, io: Io): Promise<number> {
  const [word = '', ...targets] = given.operands;
  const action = Object.hasOwn(actions, word) ? actions[word] : undefined;
  if (action === undefined) throw noAction(word);
  const stray = Object.keys(given.values).find((name) => ownFlags.has(name) && !action.flags.includes(name));
  if (stray !== undefined)
    throw new UserError(
      `--${stray} has no meaning for capture ${word}`,
      `it takes ${action.flags.map((name) => `--${name}`).join(', ')}`,
      'kubectl netdebug capture --help',
    );
  if (action.needsTarget && targets.length === 0)
    throw new UserError(
      `capture ${word} needs a target`,
      'none was given',
      `kubectl netdebug capture ${word} pod/NAME`,
    );
  const api = connect(connectionValues(given.values), io.env);
  try {
    return await action.run(api, { ...given, operands: targets }, io);
  } finally {
    api.close();
  }
}

function noAction(word: string): UserError {
  const near = nearestWord(word, Object.keys(actions));
  return new UserError(
    `capture cannot "${word}"`,
    near === undefined ? 'it can start, list, stop and pull' : `did you mean ${near}?`,
    word.includes('/')
      ? `kubectl netdebug capture start ${word}`
      : 'kubectl netdebug capture start pod/NAME; list; pull pod/NAME; stop pod/NAME',
  );
}
