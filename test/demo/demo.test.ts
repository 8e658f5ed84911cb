import { readdir } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { replayDemo } from '../../src/demo/demo.ts';
import { UserError } from '../../src/errors.ts';
import { scratchFolder } from '../bundle/sample.ts';
import { RECORDINGS } from './run-recording.ts';

/** A demo whose trace only looks around. */
async function demo(
  name: string | undefined,
  trace: (words: readonly string[]) => Promise<number>,
): Promise<{ status: number; said: string }> {
  let said = '';
  const status = await replayDemo(
    { folder: RECORDINGS, name, flags: ['-o', 'wide'] },
    trace,
    async (text) => (said += text),
  );
  return { status, said };
}

test('runs trace against a server that answers, with flags behind', async () => {
  const seen: unknown[] = [];
  const { status, said } = await demo('coredns-down', async (words) => {
    const { readFile } = await import('node:fs/promises');
    const config = JSON.parse(await readFile(words[4] ?? '', 'utf8')) as {
      clusters: { cluster: { server: string } }[];
    };
    const version = await fetch(`${config.clusters[0]?.cluster.server}/version`);
    seen.push(words.with(4, 'FILE'), version.status);
    return 1;
  });
  expect(seen).toEqual([
    ['pod/client', '-n', 'shop', '--kubeconfig', 'FILE', '--duration', '3s', '-o', 'wide'],
    200,
  ]);
  expect(status).toBe(0);
  expect(said).toContain('kubectl netdebug trace pod/client -n shop');
  expect(said).toContain('exit status 1');
});

test('without a name it lists the recordings and runs the default', async () => {
  const { said } = await demo(undefined, async () => 0);
  expect(said).toMatch(/^Recorded incidents \(kubectl netdebug demo NAME\):\n {2}coredns-down {2,}\S/);
  expect(said).toContain('Recording service-selector-mismatch: ');
});

test('leaves nothing behind, also when trace fails', async () => {
  vi.stubEnv('TMPDIR', await scratchFolder());
  await expect(demo('coredns-down', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await readdir(process.env['TMPDIR'] ?? '')).toEqual([]);
  vi.unstubAllEnvs();
});

test.each(['nothing', '../recordings/coredns-down', ''])(
  'an unknown name %j is answered with those that exist',
  async (name) => {
    const error: unknown = await demo(name, async () => 0).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).why).toContain('coredns-down, ');
  },
);
