import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { wrapped } from '../../src/capture/wrapper.ts';

const patient = ['sh', '-c', 'trap "echo bye; exit 0" TERM; echo started; while :; do sleep 0.05; done'];
const stubborn = ['sh', '-c', 'trap "" TERM; echo started; while :; do sleep 0.05; done'];

/** Runs the guard on this machine; `act` is called when the guarded command has started. */
async function run(
  seconds: number,
  command: readonly string[],
  act: (stdin: NodeJS.WritableStream) => void,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const [program = '', ...args] = wrapped(seconds, command);
  const child = spawn(program, args, { stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (stdout === '') act(child.stdin);
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    if (stderr.includes('netdebug-exit')) child.stdin.end();
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

test('a line ends the command, which can finish its output', async () => {
  expect(await run(60, patient, (stdin) => stdin.write('\n'))).toEqual({
    code: 0,
    stdout: 'started\nbye\n',
    stderr: 'netdebug-exit 0\n',
  });
});

test('the end of input ends it as well', async () => {
  expect(await run(60, patient, (stdin) => stdin.end())).toMatchObject({ code: 0, stdout: 'started\nbye\n' });
});

test('a command that does not react to TERM is killed when the client is gone', async () => {
  expect(await run(60, stubborn, (stdin) => stdin.end())).toMatchObject({
    code: 137,
    stderr: expect.stringContaining('netdebug-exit 137') as string,
  });
});

test('the deadline ends it without the client', async () => {
  expect(await run(1, patient, () => undefined)).toEqual({
    code: 0,
    stdout: 'started\nbye\n',
    stderr: 'netdebug-exit 0\n',
  });
});

test('a command that ends by itself hands its status on', async () => {
  expect(await run(60, ['sh', '-c', 'echo started; exit 3'], () => undefined)).toEqual({
    code: 3,
    stdout: 'started\n',
    stderr: 'netdebug-exit 3\n',
  });
});

test('arguments reach the command as they are', async () => {
  expect((await run(60, ['printf', '%s|', 'a b', '$(reboot)', "'"], () => undefined)).stdout).toBe(
    "a b|$(reboot)|'|",
  );
});
