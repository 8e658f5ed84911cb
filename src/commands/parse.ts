import yargs from 'yargs';
import { UserError } from '../errors.ts';
import type { Command, Flag, Given } from './command.ts';
import { nearestWord } from './nearest.ts';

/** Reads the words behind a command's name. Throws UserError for unknown flags, missing values and wrong numbers of operands. */
export function parseGiven(command: Command, words: readonly string[]): Given {
  const parsed = parseWords(command, words);
  const operands = (parsed['_'] as (string | number)[]).map(String);
  const values: Record<string, string | boolean | readonly string[]> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (name === '_' || name === '$0' || value === undefined) continue;
    const flag = command.flags.find((known) => known.name === name);
    if (flag === undefined) throw unknownFlag(command, name);
    values[name] = valueOf(command, flag, value);
  }
  checkOperands(command, operands);
  return { command: command.name, operands, values };
}

function parseWords(command: Command, words: readonly string[]): Record<string, unknown> {
  const parser = yargs()
    .help(false)
    .version(false)
    .exitProcess(false)
    // English, as all other texts here; and no search for language files.
    .locale('en')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'strip-aliased': true,
    })
    .fail((message: string, error: Error | undefined) => {
      // Errors of yargs itself are about the command line; any other is a fault and keeps its stack.
      if (error !== undefined && error.name !== 'YError') throw error;
      throw parserError(command, error?.message ?? message);
    });
  for (const flag of command.flags) {
    parser.option(flag.name, {
      ...(flag.alias === undefined ? {} : { alias: flag.alias }),
      type: flag.type === 'list' ? 'array' : flag.type,
      ...(flag.type === 'boolean' ? {} : { string: true, nargs: 1 }),
    });
  }
  return parser.parseSync(withBareValues(command, words)) as Record<string, unknown>;
}

/** "--dry-run" becomes "--dry-run=server": such a flag takes its value after "=" or not at all. */
function withBareValues(command: Command, words: readonly string[]): string[] {
  const end = words.indexOf('--');
  return words.map((word, at) => {
    const flag = command.flags.find(({ name }) => word === `--${name}`);
    return flag?.bare === undefined || (end >= 0 && at > end) ? word : `${word}=${flag.bare}`;
  });
}

/** yargs names the flag behind its sentence: "Not enough arguments following: filter". */
function parserError(command: Command, message: string): UserError {
  const name = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  return name === undefined
    ? usageError(command, message)
    : usageError(
        command,
        `--${name} needs a value`,
        `nothing or another flag follows; a value that begins with a dash is written --${name}=VALUE`,
      );
}

function valueOf(command: Command, flag: Flag, value: unknown): string | boolean | readonly string[] {
  if (flag.type === 'list') return (Array.isArray(value) ? value : [value]).map(String);
  // Given twice: the last one counts, as with kubectl.
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  if (flag.type === 'boolean') return last === true || last === 'true';
  const text = String(last);
  if (flag.choices !== undefined && !flag.choices.includes(text)) {
    const near = nearestWord(text, flag.choices);
    throw new UserError(
      `--${flag.name} cannot be "${text}"`,
      `it takes one of ${flag.choices.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`,
      `kubectl netdebug ${command.name} --help`,
    );
  }
  return text;
}

function unknownFlag(command: Command, name: string): UserError {
  const near = nearestWord(
    name,
    command.flags.map((flag) => flag.name),
  );
  const dashes = name.length === 1 ? '-' : '--';
  return usageError(
    command,
    `unknown flag ${dashes}${name}`,
    near === undefined ? `${command.name} has no such flag` : `did you mean --${near}?`,
  );
}

function checkOperands(command: Command, operands: readonly string[]): void {
  if (operands.length < command.minOperands)
    throw usageError(command, `${command.name} needs ${command.operands}`, 'nothing was given');
  const [extra] = operands.slice(command.maxOperands);
  if (extra !== undefined) {
    const why =
      command.operands === ''
        ? `${command.name} takes only flags`
        : `${command.name} takes ${command.operands}`;
    throw usageError(command, `"${extra}" is one word too many`, why);
  }
}

function usageError(command: Command, what: string, why = 'the command line is not complete'): UserError {
  return new UserError(
    what,
    why,
    [...command.examples.slice(0, 1), `kubectl netdebug ${command.name} --help`].join('\n'),
  );
}
