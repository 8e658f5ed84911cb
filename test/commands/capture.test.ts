import { expect, test } from 'vitest';
import { main } from '../../src/cli.ts';
import { actions } from '../../src/commands/run-capture.ts';
import { captureActions } from '../../src/commands/run-complete.ts';
import { world } from './world.ts';

async function refused(...words: readonly string[]): Promise<string> {
  const io = world({ env: { KUBECONFIG: '/nonexistent' } });
  const server = ['--server', 'http://127.0.0.1:9'];
  expect(await main(['capture', ...words, ...server], io)).toBe(2);
  expect(io.out()).toBe('');
  return io.err();
}

test('completion offers the actions that there are', () => {
  expect(captureActions).toEqual(Object.keys(actions));
});

test.each<[string, readonly string[], string]>([
  ['an action that is none', ['begin'], 'capture cannot "begin"'],
  ['an action that is nearly one', ['strat', 'pod/x'], 'did you mean start?'],
  ['a target without an action', ['pod/x'], 'kubectl netdebug capture start pod/x'],
  ['a flag of another action', ['pull', 'pod/x', '--ring', '5MB'], '--ring has no meaning for capture pull'],
  ['no target', ['stop'], 'capture stop needs a target'],
  ['a name that is no word', ['start', 'pod/x', '--name', '../x'], '--name cannot be "../x"'],
  ['a time around nothing', ['start', 'pod/x', '--before', '5s'], '--before has no meaning without --until'],
  ['a finding without a trigger', ['start', 'pod/x', '--until', 'tcp-loss'], 'cannot wait for "tcp-loss"'],
  ['a filter that is an option', ['start', 'pod/x', '--filter=-w x'], 'begins with "-"'],
])('%s is refused before the cluster is asked', async (_, words, message) => {
  expect(await refused(...words)).toContain(message);
});
