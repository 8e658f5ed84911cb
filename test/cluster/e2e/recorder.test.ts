import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cluster } from '../cluster.ts';
import { waitFor } from '../wait.ts';
import { captureProcesses } from './far-side.ts';
import { report, start, type RunEnd } from './netdebug.ts';
import { idle, serveBig, testNamespace, withPods, type TestPod } from './pods.ts';

const folder = mkdtempSync(join(tmpdir(), 'netdebug-recorder-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Healthy requests all the time; once the file is there, one that is refused. */
const askAndFail = `while :; do
  curl -s -m 2 -o /dev/null http://$SERVER:8080/nothing
  [ -e /tmp/fault ] && { curl -s -m 2 http://$SERVER:9/; rm /tmp/fault; }
  sleep 0.2
done`;
const askBig = 'while :; do curl -s --limit-rate 20M -o /dev/null http://$SERVER:8080/big; done';

async function capture(action: string, pod: TestPod, ...flags: readonly string[]): Promise<RunEnd> {
  return await start(['capture', action, `pod/${pod.name}`, '-n', testNamespace, ...flags]).done;
}

/** The state of a recorder as `capture list` shows it; empty: there is none. */
async function listed(pod: TestPod): Promise<string> {
  const { stdout } = await start(['capture', 'list', '-n', testNamespace]).done;
  return stdout.split('\n').find((line) => line.includes(pod.name)) ?? '';
}

/** Debug containers of a pod that still run. */
async function running(pod: TestPod): Promise<string[]> {
  const said = await cluster.kubectl([
    'get',
    'pod',
    pod.name,
    '-n',
    testNamespace,
    '-o',
    'jsonpath={.status.ephemeralContainerStatuses[?(@.state.running)].name}',
  ]);
  return said.split(' ').filter((name) => name !== '');
}

const seconds = (time: string): number => Date.parse(time) / 1000;

describe('a recorder', () => {
  test('keeps the seconds around a fault that comes while nobody is there, and nothing stays of it', async () => {
    await withPods(
      { server: { node: 'node2', script: serveBig }, client: { node: 'node1', script: askAndFail } },
      async ({ client }) => {
        const started = await capture(
          'start',
          client,
          '--until',
          'tcp-refused',
          '--before',
          '4s',
          '--after',
          '2s',
          '--ttl',
          '5m',
        );
        expect(started.stderr).toContain('kubectl netdebug capture pull');
        expect(started.exitStatus).toBe(0);
        expect(started.stdout).toContain('No client is needed any more.');
        expect((await capture('start', client)).stderr).toContain('has a recorder "recorder" already');
        // The night.
        await new Promise((morning) => setTimeout(morning, 5000));
        expect(await listed(client)).toContain('records until');
        const faultAt = Date.now() / 1000;
        const exec = ['exec', client.name, '-n', testNamespace, '-c', 'app', '--'];
        await cluster.kubectl([...exec, 'touch', '/tmp/fault']);
        await waitFor('the end of the recorder', async () =>
          (await listed(client)).includes('ended: tcp-refused at'),
        );
        expect(await captureProcesses(client)).toEqual([]);

        const target = `pod/${client.name}`;
        const pulled = await report(['capture', 'pull', target, '-n', testNamespace, '--stop']);
        const [one] = pulled.report.captures;
        expect(one).toMatchObject({ ended: 'trigger', problems: [], dropped: 0 });
        expect(pulled.report.findings.map(({ id }) => id)).toContain('tcp-refused');
        expect(pulled.exitStatus).toBe(1);
        // Seconds before and after are there, and only those that were asked for.
        expect(seconds(one?.firstSeen ?? '')).toBeLessThan(faultAt - 2);
        expect(seconds(one?.firstSeen ?? '')).toBeGreaterThan(faultAt - 6);
        expect(seconds(one?.lastSeen ?? '')).toBeGreaterThan(faultAt + 1);
        expect(pulled.stderr).toMatch(/tcp-refused was seen at .* are kept\./);
        await waitFor('the end of the container', async () => (await running(client)).length === 0);
        expect(await listed(client)).toBe('');
      },
    );
  });

  test('is refused where its ring has no room, ends at its time, and says what a full ring overwrote', async () => {
    await withPods(
      {
        server: { node: 'node2', script: serveBig },
        client: { node: 'node1', script: askBig },
        quiet: { node: 'node1', script: idle },
      },
      async ({ client, quiet }) => {
        const large = await capture('start', quiet, '--ring', '1GB');
        expect(large.stderr).toContain('A ring of 1000 MB does not fit');
        expect(large.exitStatus).toBe(2);
        expect((await capture('pull', quiet)).stderr).toContain('has no recorder');
        const small = ['--ring', '2MB', '--snaplen', '262144'];
        await Promise.all([
          capture('start', quiet, '--ttl', '2s'),
          capture('start', client, '--ttl', '5m', ...small),
        ]);
        await waitFor('the end at its time', async () => (await listed(quiet)).includes('(ttl)'));
        expect(await captureProcesses(quiet)).toEqual([]);
        const file = join(folder, 'ring.pcap');
        const pulled = await capture('pull', client, '--stop', '-w', file);
        expect(pulled.stderr).toMatch(
          /The ring was full: \d+ earlier packets, from \S+Z to \S+Z, were overwritten\./,
        );
        expect(statSync(file).size).toBeGreaterThan(900_000);
        expect(statSync(file).size).toBeLessThan(2_200_000);
        const swept = await start(['cleanup', '-n', testNamespace]).done;
        expect(swept.stdout).toMatch(new RegExp(`${quiet.name} .* kept: a recorder is in it`));
        const stopped = await capture('stop', quiet, '--discard');
        expect(stopped.stdout).toContain('what it kept is gone');
        await waitFor(
          'the end of the containers',
          async () => (await running(quiet)).length + (await running(client)).length === 0,
        );
      },
    );
  });
});
