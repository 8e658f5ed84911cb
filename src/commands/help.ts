import type { Command, Flag } from './command.ts';

/** Help without the parser: it must appear at once. */

/** The list of commands. */
export function overviewHelp(commands: readonly Command[]): string {
  const rows = commands
    .filter((command) => command.hidden !== true)
    .map((command): [string, string] => [`${command.name} ${command.operands}`.trim(), command.summary]);
  return [
    'Says why the network of a pod fails: captures in the pod, reads the packets, asks the cluster.',
    '',
    'Usage:  kubectl netdebug COMMAND [flags]',
    '',
    'Commands:',
    ...aligned(rows),
    '',
    'Exit status:  0 healthy, or nothing as bad as --fail-on; 1 findings; 2 nothing was seen, or it could not be done.',
    'More:  kubectl netdebug COMMAND --help',
    '',
  ].join('\n');
}

/** The page of one command. */
export function commandHelp(command: Command, connection: ReadonlySet<string>): string {
  const own = command.flags.filter((flag) => !connection.has(flag.name));
  const shared = command.flags.filter((flag) => connection.has(flag.name));
  return [
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    '',
    `Usage:  kubectl netdebug ${command.name}${command.operands === '' ? '' : ` ${command.operands}`} [flags]`,
    ...section(
      'Examples:',
      command.examples.map((line) => `  ${line}`),
    ),
    ...section('Flags:', aligned(own.map(flagRow))),
    ...section("Connection, as kubectl's:", aligned(shared.map(flagRow))),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function flagRow(flag: Flag): [string, string] {
  const alias = flag.alias === undefined ? '    ' : `-${flag.alias}, `;
  return [
    `${alias}${flagForm(flag)}`,
    `${flag.description}${flag.standard === undefined ? '' : ` (default ${flag.standard})`}`,
  ];
}

/** "--file FILE", "--dry-run[=client|server]", "--quiet". */
export function flagForm(flag: Flag): string {
  if (flag.type === 'boolean') return `--${flag.name}`;
  return flag.bare === undefined
    ? `--${flag.name} ${valueName(flag)}`
    : `--${flag.name}[=${valueName(flag)}]`;
}

/** "FILE", "table|wide|json". */
function valueName(flag: Flag): string {
  return flag.choices?.join('|') ?? flag.value ?? 'VALUE';
}

/** Rows in two columns; a left part that is too long gets a line of its own. */
function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(34, Math.max(0, ...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) =>
    left.length > width
      ? [`  ${left}`, `  ${' '.repeat(width)}  ${right}`]
      : [`  ${left.padEnd(width)}  ${right}`],
  );
}
