import { needs } from '../access/needs.ts';
import type { Io } from '../io.ts';
import { kindNamed, targetKinds } from '../target/target-kinds.ts';
import { isPrintableName, listNames } from './object-names.ts';
import type { Command, Flag, Given } from './command.ts';
import { COMMANDS } from './index.ts';

/** cobra's ShellCompDirectiveNoFileComp: the shell must not offer file names. */
const NO_FILES = 4;
/** The same, and ShellCompDirectiveNoSpace: the word goes on. */
const NO_FILES_NO_SPACE = 6;
/** cobra's ShellCompDirectiveDefault: the shell may offer file names. */
const FILES = 0;

/** First operand of `capture`; kept beside its own table by a test. */
export const captureActions: readonly string[] = ['start', 'list', 'stop', 'pull'];

interface Answer {
  /** "value" or "value<TAB>description". */
  readonly lines: readonly string[];
  readonly directive: number;
}

/** Answers a shell: candidates one a line, then ":N". Errors are silent, a shell can show none. */
export async function runComplete(given: Given, io: Io): Promise<number> {
  const { lines, directive } = await answer(given.operands, io).catch((): Answer => ({
    lines: [],
    directive: NO_FILES,
  }));
  await io.stdout.write([...lines, `:${directive}`, ''].join('\n'));
  return 0;
}

async function answer(words: readonly string[], io: Io): Promise<Answer> {
  const last = words.at(-1) ?? '';
  const [name = ''] = words;
  if (words.length <= 1)
    return candidates(
      visible().map((command) => `${command.name}\t${command.summary}`),
      last,
    );
  const command = visible().find((known) => known.name === name);
  if (command === undefined) return candidates([], last);
  const before = words.slice(1, -1);
  const [flagName, inline] = last.startsWith('--') && last.includes('=') ? splitOnce(last) : ['', ''];
  const flag = flagName === '' ? expectsValue(command, before.at(-1) ?? '') : flagNamed(command, flagName);
  if (flag !== undefined) return flagValues(flag, flagName === '' ? last : inline, flagName);
  if (last.startsWith('-'))
    return candidates(
      command.flags.map((known) => `--${known.name}\t${known.description}`),
      last,
    );
  return operandsOf(command, before, last, io);
}

function visible(): readonly Command[] {
  return COMMANDS.filter((command) => command.hidden !== true);
}

function candidates(lines: readonly string[], prefix: string): Answer {
  return { lines: lines.filter((line) => line.startsWith(prefix)), directive: NO_FILES };
}

function splitOnce(word: string): [string, string] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}

/** The flag whose value comes next. */
function expectsValue(command: Command, word: string): Flag | undefined {
  const flag = word.includes('=') ? undefined : flagNamed(command, word);
  return flag?.type === 'boolean' || flag?.bare !== undefined ? undefined : flag;
}

function flagNamed(command: Command, word: string): Flag | undefined {
  return command.flags.find(
    (flag) => word === `--${flag.name}` || (flag.alias !== undefined && word === `-${flag.alias}`),
  );
}

function flagValues(flag: Flag, prefix: string, inlineOf: string): Answer {
  if (flag.choices === undefined)
    return {
      lines: [],
      directive: /file|write|manifests|kubeconfig|certificate|client-key/.test(flag.name) ? FILES : NO_FILES,
    };
  const { lines, directive } = candidates(flag.choices, prefix);
  return { lines: inlineOf === '' ? lines : lines.map((line) => `${inlineOf}=${line}`), directive };
}

async function operandsOf(
  command: Command,
  before: readonly string[],
  last: string,
  io: Io,
): Promise<Answer> {
  if (command.name === 'analyze' || command.name === 'bundle') return { lines: [], directive: FILES };
  if (command.name === 'trace' || command.name === 'check') return targets(command, before, last, io);
  if (command.name === 'capture')
    return before.some((word) => captureActions.includes(word))
      ? targets(command, before, last, io)
      : candidates(captureActions, last);
  if (command.name === 'rbac')
    return candidates(
      needs.map((need) => `${need.word}\t${need.summary}`),
      last,
    );
  if (command.name === 'explain') {
    // Late: the registries are needed for this answer alone.
    const { listPages } = await import('./pages.ts');
    return candidates(
      listPages().map((page) => `${page.id}\t${page.title}`),
      last,
    );
  }
  if (command.name === 'demo') {
    // Late: as above.
    const { listScenarios } = await import('./run-demo.ts');
    return candidates(
      (await listScenarios()).map((scenario) => `${scenario.name}\t${scenario.title}`),
      last,
    );
  }
  return candidates([], last);
}

/** "pod/", "deploy/" … first; the names behind it come from the cluster. */
async function targets(command: Command, before: readonly string[], last: string, io: Io): Promise<Answer> {
  const type = /^[a-z.0-9]+\//i.exec(last)?.[0] ?? '';
  const kind = kindNamed(type.slice(0, -1));
  if (kind === undefined)
    return {
      lines: targetKinds.map(({ short }) => `${short}/`).filter((line) => line.startsWith(last)),
      directive: NO_FILES_NO_SPACE,
    };
  // Late: parsing and the connection are needed for this answer alone.
  const { parseGiven } = await import('./parse.ts');
  const { values } = parseGiven({ ...command, minOperands: 0, maxOperands: 1000 }, before);
  const names = await listNames(kind.kind, values, io);
  return candidates(
    names.filter(isPrintableName).map((name) => `${type}${name}`),
    last,
  );
}
