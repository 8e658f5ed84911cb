import { type Command, isGiven, type Run } from './commands/command.ts';
import { commandHelp, overviewHelp } from './commands/help.ts';
import { COMMANDS } from './commands/index.ts';
import { nearestWord } from './commands/nearest.ts';
import type { Io } from './io.ts';
import { version } from './version.ts';

/** Exit status of a command that could not do its job. */
const FAILED = 2;

/**
 * Runs the program with the words behind its name; the result is the exit status: 0 healthy, 1
 * findings, 2 nothing seen or not possible. Never throws: errors go to stderr in three parts.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    // Late: a run without an error needs no words for it.
    const { errorText } = await import('./commands/error-text.ts');
    await io.stderr.write(errorText(error, argv.includes('--verbose') || argv.includes('-v')));
    return FAILED;
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [name = '--help', ...rest] = argv;
  if (name === '--version') return print(io, `kubectl-netdebug ${version}\n`);
  if (name === '--help' || name === '-h') return print(io, overviewHelp(COMMANDS));
  if (name === 'help') return help(rest[0], io);
  const command = COMMANDS.find((known) => known.name === name);
  if (command === undefined) return unknownCommand(name, rest);
  if (command.hidden === true)
    return (await command.load())({ command: name, operands: rest, values: {} }, io);
  if (asksForHelp(rest)) return help(name, io);
  // Late: yargs costs more to load than help, version and completion cost to answer.
  const { parseGiven } = await import('./commands/parse.ts');
  const given = parseGiven(command, rest);
  const run: Run = await command.load();
  return run(given, isGiven(given, 'quiet') ? quietly(io) : io);
}

async function help(name: string | undefined, io: Io): Promise<number> {
  const command: Command | undefined = COMMANDS.find((known) => known.name === name);
  if (command === undefined)
    return name === undefined ? print(io, overviewHelp(COMMANDS)) : unknownCommand(name);
  // Late: only this page tells the connection flags from a command's own.
  const { connectionFlags } = await import('./kube/connection-flags.ts');
  return print(io, commandHelp(command, new Set(connectionFlags.map((flag) => flag.name))));
}

/** Words behind "--" are operands, whatever they look like. */
function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
  return own.includes('--help') || own.includes('-h');
}

async function unknownCommand(name: string, rest: readonly string[] = []): Promise<number> {
  // Late: an error's class is needed only when there is an error.
  const { UserError } = await import('./errors.ts');
  const near = nearestWord(
    name,
    COMMANDS.filter((command) => command.hidden !== true).map((command) => command.name),
  );
  const at = rest.findIndex((word) => COMMANDS.some((command) => command.name === word));
  if (name.startsWith('-') && at >= 0) {
    const words = [rest[at], ...rest.slice(at + 1), name, ...rest.slice(0, at)];
    throw new UserError(
      `"${name}" stands before the command`,
      'flags stand behind it',
      `kubectl netdebug ${words.join(' ')}`,
    );
  }
  if (/^(pod|po|pods)\//.test(name))
    throw new UserError(
      `"${name}" is no command`,
      'a target stands behind a command',
      `kubectl netdebug trace ${name}`,
    );
  throw new UserError(
    `"${name}" is no command`,
    near === undefined ? 'no command has a name like it' : `did you mean ${near}?`,
    'kubectl netdebug --help',
  );
}

/** Progress and hints go to stderr, and with --quiet nowhere; errors are still printed. */
function quietly(io: Io): Io {
  return { ...io, stderr: { ...io.stderr, write: async () => true } };
}

async function print(io: Io, text: string): Promise<number> {
  await io.stdout.write(text);
  return 0;
}
