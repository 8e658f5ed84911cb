import { describe, expect, test } from 'vitest';
import { main } from '../../src/cli.ts';
import { COMMANDS } from '../../src/commands/index.ts';
import { OUTPUT_FORMATS } from '../../src/commands/output-flags.ts';
import { RENDERERS } from '../../src/report/index.ts';
import { version } from '../../src/version.ts';
import { world } from './world.ts';

async function run(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  const io = world();
  const status = await main(argv, io);
  return { status, out: io.out(), err: io.err() };
}

describe('help and version', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('%j lists the commands', async (argv) => {
    const { status, out, err } = await run(...argv);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    for (const command of COMMANDS) expect(out.includes(`  ${command.name} `)).toBe(command.hidden !== true);
  });

  test.each([[['trace', '--help']], [['trace', 'pod/x', '-h']], [['help', 'trace']]])(
    '%j is the page of trace',
    async (argv) => {
      const { status, out } = await run(...argv);
      expect(status).toBe(0);
      expect(out).toContain('Usage:  kubectl netdebug trace TYPE/NAME... [flags]');
      expect(out).toMatch(/-n, --namespace VALUE/);
      expect(out).toMatch(/--duration TIME .*\(default 30s\)/);
    },
  );

  test('no line of help is wider than a page', async () => {
    for (const command of COMMANDS) {
      const { out } = await run('help', command.name);
      expect(out.split('\n').filter((line) => line.length > 130)).toEqual([]);
    }
  });

  test('--version is one line', async () => {
    expect(await run('--version')).toEqual({ status: 0, out: `kubectl-netdebug ${version}\n`, err: '' });
  });

  test('version as JSON', async () => {
    expect(JSON.parse((await run('version', '-o', 'json')).out)).toMatchObject({
      version,
      reportSchema: '1.0',
    });
  });
});

describe('mistakes end with status 2 and three lines: what, why, how to fix it', () => {
  test.each([
    [
      ['trcae', 'pod/x'],
      'error: "trcae" is no command\n  why: did you mean trace?\n  fix: kubectl netdebug --help\n',
    ],
    [
      ['pod/x'],
      'error: "pod/x" is no command\n  why: a target stands behind a command\n  fix: kubectl netdebug trace pod/x\n',
    ],
    [
      ['-n', 'shop', 'trace', 'pod/x', '-q'],
      'error: "-n" stands before the command\n  why: flags stand behind it\n  fix: kubectl netdebug trace pod/x -q -n shop\n',
    ],
    [
      ['xyzzy'],
      'error: "xyzzy" is no command\n  why: no command has a name like it\n  fix: kubectl netdebug --help\n',
    ],
    [
      ['trace'],
      /^error: trace needs a target\n {2}why: neither TYPE\/NAME nor a selector was given\n {2}fix: kubectl netdebug trace pod\/checkout -n shop\n {7}kubectl netdebug trace -l app=checkout -n shop\n/,
    ],
    [
      ['trace', 'pod/x', '--fitler', 'y'],
      /^error: unknown flag --fitler\n {2}why: did you mean --filter\?\n/,
    ],
    [['trace', 'pod/x', '--qqqqqq'], /^error: unknown flag --qqqqqq\n {2}why: trace has no such flag\n/],
    [['trace', 'pod/x', '-Z'], /^error: unknown flag -Z\n/],
    [['trace', 'pod/x', '--filter'], /^error: --filter needs a value\n/],
    [
      ['trace', 'pod/x', '-o', 'jsno'],
      'error: --output cannot be "jsno"\n  why: it takes one of table, wide, json, yaml, markdown, openmetrics; did you mean json?\n  fix: kubectl netdebug trace --help\n',
    ],
    [['version', 'now'], /^error: "now" is one word too many\n {2}why: version takes only flags\n/],
  ])('%j', async (argv, message) => {
    const { status, out, err } = await run(...argv);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    if (typeof message === 'string') expect(err).toBe(message);
    else expect(err).toMatch(message);
  });

  test('what the user typed cannot act on the terminal', async () => {
    expect((await run('\u001b[2J')).err).toContain('"⟨U+001B⟩[2J" is no command');
  });
});

test('a reader that went away is no error', async () => {
  expect(await main(['--help'], world({ readerGone: true }))).toBe(0);
});

describe('the list of commands as data', () => {
  test.each(COMMANDS.map((command) => [command.name, command] as const))(
    '%s: names and letters of flags are unique',
    (_name, command) => {
      const names = command.flags.flatMap((flag) => [
        flag.name,
        ...(flag.alias === undefined ? [] : [flag.alias]),
      ]);
      expect(new Set(names).size).toBe(names.length);
      expect(command.flags.filter((flag) => flag.description.endsWith('.'))).toEqual([]);
    },
  );

  test('the output formats are the renderers', () => {
    expect(OUTPUT_FORMATS).toEqual(RENDERERS.map((renderer) => renderer.format));
  });
});
