import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { assetsFolder } from '../../src/assets.ts';
import { main } from '../../src/cli.ts';
import { type DemoServer, startServer } from '../../src/demo/api-server.ts';
import { loadRecording } from '../../src/demo/recording.ts';
import { validReport } from '../report/valid-report.ts';
import { world } from './world.ts';

const recording = await loadRecording(join(assetsFolder, 'recordings'), 'service-selector-mismatch');
const { pod, namespace } = recording.scenario;

let server: DemoServer;
let folder: string;
beforeEach(async () => {
  server = await startServer(recording);
  folder = mkdtempSync(join(tmpdir(), 'netdebug-test-'));
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const flags = (): string[] => ['--server', server.url, '-n', namespace, '--duration', '1s'];
const env = { KUBECONFIG: '/nonexistent/kubeconfig' };

describe('trace against an API server in process', () => {
  test('finds what was recorded, keeps the capture and names it last', async () => {
    const io = world({ cwd: folder, env });
    const status = await main(['trace', `pod/${pod}`, ...flags(), '-w', 'kept.pcap', '-o', 'json'], io);
    const report = validReport(io.out());
    expect(status).toBe(1);
    expect(report.findings[0]?.id).toBe('tcp-rejected-by-icmp');
    expect(report.captures[0]).toMatchObject({
      vantagePoint: `pod/${namespace}/${pod} eth0`,
      ended: 'duration',
    });
    expect(statSync(join(folder, 'kept.pcap')).mode & 0o777).toBe(0o600);
    expect(io.err().split('\n').at(-2)).toContain(`Saved     ${join(folder, 'kept.pcap')}`);
    expect(io.err()).toMatch(/^adds container netdebug-[0-9a-f]{6} .*\nCapturing on eth0 of pod\//);
  });

  test('--dry-run says what would be added and changes nothing', async () => {
    const io = world({ cwd: folder, env });
    expect(await main(['trace', `pod/${pod}`, ...flags(), '--dry-run'], io)).toBe(0);
    expect(io.out()).toBe('');
    expect(io.err()).toMatch(/^adds container netdebug-[0-9a-f]{6} /);
    expect(
      server.requests
        .filter((request) => request.startsWith('PATCH'))
        .every((request) => request.includes('dryRun=All')),
    ).toBe(true);
  });

  test.each(['client', 'server'])('--dry-run=%s -o yaml prints the very request', async (kind) => {
    const io = world({ cwd: folder, env });
    expect(await main(['trace', `pod/${pod}`, ...flags(), `--dry-run=${kind}`, '-o', 'yaml'], io)).toBe(0);
    const [request, ...others] = parse(io.out()) as { method: string; path: string; body: object }[];
    expect(others).toEqual([]);
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/ephemeralcontainers?fieldManager=kubectl-netdebug`;
    expect(request).toMatchObject({ method: 'PATCH', path });
    // What admission was asked about is what is printed; client asks nothing.
    const asked = server.requests.filter((line) => line.startsWith('PATCH'));
    expect(asked).toEqual(kind === 'client' ? [] : [`PATCH ${path}&dryRun=All`]);
    // And what is really sent adds the container in this form.
    await main(['trace', `pod/${pod}`, ...flags(), '-q'], world({ cwd: folder, env }));
    const listed = (one: unknown): object =>
      (one as { spec: { ephemeralContainers: [object] } }).spec.ephemeralContainers[0];
    expect({ ...listed(request?.body), name: '' }).toEqual({ ...listed(server.pod()), name: '' });
  });

  test('-w - sends the capture alone to stdout, the tables to stderr', async () => {
    const io = world({ cwd: folder, env });
    await main(['trace', `pod/${pod}`, ...flags(), '-w', '-', '-q'], io);
    expect(Buffer.concat(io.written.stdout).equals(recording.capture)).toBe(true);
    expect(io.err()).toBe('');
    const loud = world({ cwd: folder, env });
    await main(['trace', `pod/${pod}`, ...flags(), '-w', '-'], loud);
    expect(loud.err()).toContain('VERDICT');
  });

  test('--bundle: analysed again without the cluster, the same findings and causes', async () => {
    const io = world({ cwd: folder, env });
    await main(['trace', `pod/${pod}`, ...flags(), '--bundle', '-o', 'json'], io);
    const traced = validReport(io.out());
    const [bundle = ''] = readdirSync(folder);
    expect(bundle).toBe(`netdebug-${namespace}-${pod}-20261121-1004.tar.gz`);
    const offline = world({ cwd: folder, env: {} });
    await main(['analyze', bundle, '-o', 'json'], offline);
    expect(JSON.parse(offline.out())).toEqual(traced);
  });

  test('the kept capture becomes the same ticket later', async () => {
    const io = world({ cwd: folder, env });
    await main(['trace', `pod/${pod}`, ...flags(), '-o', 'json'], io);
    const path = /Saved {5}(\S+)/.exec(io.err())?.[1] ?? '';
    const later = world({ cwd: folder, env: {} });
    expect(await main(['bundle', path, '-f', 'ticket.tar.gz'], later)).toBe(0);
    expect(later.out()).toBe(`${join(folder, 'ticket.tar.gz')}\n`);
    const offline = world({ cwd: folder, env: {} });
    await main(['analyze', 'ticket.tar.gz', '-o', 'json'], offline);
    expect(JSON.parse(offline.out())).toEqual(JSON.parse(io.out()));
    rmSync(join(path, '..'), { recursive: true });
  });

  test('several places: one report, a file each, one ticket that says the same', async () => {
    const io = world({ cwd: folder, env });
    const words = ['trace', `pod/${pod}`, '-l', 'app=payments', ...flags(), '-o', 'json'];
    await main([...words, '-w', 'captures/'], io);
    const places = validReport(io.out()).captures.map(({ vantagePoint }) => vantagePoint);
    expect(places).toEqual([
      `pod/${namespace}/${pod} eth0`,
      `pod/${namespace}/payments-1 eth0`,
      `pod/${namespace}/payments-2 eth0`,
    ]);
    expect(io.err()).toContain('Capturing at 3 places for 1 s');
    expect(readdirSync(join(folder, 'captures'))).toEqual([
      `01-pod-${namespace}-${pod}-eth0.pcap`,
      `02-pod-${namespace}-payments-1-eth0.pcap`,
      `03-pod-${namespace}-payments-2-eth0.pcap`,
    ]);
    const packed = world({ cwd: folder, env });
    await main([...words, '--bundle'], packed);
    const bundle = readdirSync(folder).find((name) => name.endsWith('.tar.gz')) ?? '';
    const offline = world({ cwd: folder, env: {} });
    await main(['analyze', bundle, '-o', 'json'], offline);
    expect(JSON.parse(offline.out())).toEqual(JSON.parse(packed.out()));
  });

  test('several places merged into one file are told apart again', async () => {
    const io = world({ cwd: folder, env });
    const words = ['trace', `pod/${pod}`, 'pod/payments-1', ...flags(), '-w', 'merged.pcapng'];
    await main([...words, '-o', 'json'], io);
    const traced = validReport(io.out());
    expect(io.err()).toMatch(/Saved {5}\S+merged\.pcapng {3}\d+ packets of 2 captures\n$/);
    const later = world({ cwd: folder, env: {} });
    await main(['analyze', 'merged.pcapng', '-o', 'json'], later);
    const places = (report: typeof traced): unknown =>
      report.captures.map(({ vantagePoint, packets }) => ({ vantagePoint, packets }));
    expect(places(validReport(later.out()))).toEqual(places(traced));
    const again = world({ cwd: folder, env });
    expect(await main(words, again)).toBe(2);
    expect(again.err()).toContain('there is such a file already');
  });

  test('the files of several places make the same report later', async () => {
    const io = world({ cwd: folder, env });
    await main(['trace', `pod/${pod}`, 'pod/payments-1', ...flags(), '-o', 'json'], io);
    const kept = /Saved {5}(\S+)\/ /.exec(io.err())?.[1] ?? '';
    const files = readdirSync(kept).filter((name) => name.endsWith('.pcap'));
    const later = world({ cwd: kept, env: {} });
    await main(['analyze', ...files, '-o', 'json'], later);
    expect(JSON.parse(later.out())).toEqual(JSON.parse(io.out()));
    rmSync(kept, { recursive: true });
  });

  test('--to narrows the filter to the peer, and captures at its pods as well', async () => {
    const io = world({ cwd: folder, env });
    await main(['trace', `pod/${pod}`, '--to', 'pod/payments-1', ...flags(), '-o', 'json'], io);
    expect(validReport(io.out()).captures).toHaveLength(2);
    const asked = server.requests.filter((request) => request.includes('command=tcpdump'));
    const narrowed = asked.filter((request) => request.includes('command=host'));
    expect(narrowed.every((request) => request.includes(`/pods/${pod}/`))).toBe(true);
    expect(narrowed.length).toBeGreaterThan(0);
  });

  test('-q is silent but for the report', async () => {
    const io = world({ cwd: folder, env });
    await main(['trace', `pod/${pod}`, 'pod/payments-1', ...flags(), '-q', '-o', 'json'], io);
    expect(validReport(io.out()).captures).toHaveLength(2);
    expect(io.err()).toBe('');
  });

  test('Ctrl-C before the capture begins leaves nothing behind', async () => {
    const kept = process.env['TMPDIR'];
    process.env['TMPDIR'] = folder;
    try {
      const io = world({ cwd: folder, env });
      const running = main(['trace', `pod/${pod}`, ...flags()], io);
      io.interrupt();
      await new Promise((resolve) => setImmediate(resolve));
      io.interrupt();
      expect(await running).toBe(2);
      expect(io.err()).toContain('error: interrupted before the capture began');
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      if (kept === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = kept;
    }
  });

  test.each([
    [['-w', 'one.pcap'], 'several captures cannot be written to'],
    [['-w', '-'], 'several captures cannot be written to stdout'],
  ])('%j for two places is refused before a pod is touched', async (more, message) => {
    const io = world({ cwd: folder, env });
    expect(await main(['trace', `pod/${pod}`, 'pod/payments-1', ...flags(), ...more], io)).toBe(2);
    expect(io.err()).toContain(message);
    expect(server.requests.filter((request) => request.startsWith('PATCH'))).toEqual([]);
  });

  test('a name that is no pod offers those that begin with it', async () => {
    const io = world({ cwd: folder, env });
    expect(await main(['trace', `pod/${pod.slice(0, 3)}`, ...flags()], io)).toBe(2);
    expect(io.err()).toContain(`kubectl netdebug trace pod/${pod} -n ${namespace}`);
  });

  test.each([
    [['-w', 'no/such/folder/x.pcap'], /^error: cannot write .*x\.pcap\n {2}why: its folder does not exist\n/],
    [
      ['--max-bytes', '1000GB'],
      /^error: cannot keep the capture in .*\n {2}why: it may grow to 1000000 MB, and/,
    ],
    [['--duration', '5x'], /^error: --duration cannot be "5x"/],
    [['--filter=-w /etc/passwd'], /^error: The filter "-w \/etc\/passwd" cannot be used/],
  ])('%j is refused before the pod is touched', async (more, message) => {
    const io = world({ cwd: folder, env });
    expect(await main(['trace', `pod/${pod}`, ...flags(), ...more], io)).toBe(2);
    expect(io.err()).toMatch(message);
    expect(server.requests.filter((request) => request.startsWith('PATCH'))).toEqual([]);
  });

  test('completion lists pods through the API server, and nothing else when that fails', async () => {
    const io = world({ env });
    expect(
      await main(
        ['__complete', 'trace', '--server', server.url, '-n', namespace, `pod/${pod.slice(0, 1)}`],
        io,
      ),
    ).toBe(0);
    expect(io.out().split('\n')).toEqual(expect.arrayContaining([`pod/${pod}`, ':4']));
    await server.close();
    const failing = world({ env });
    expect(await main(['__complete', 'trace', '--server', server.url, 'pod/'], failing)).toBe(0);
    expect({ out: failing.out(), err: failing.err() }).toEqual({ out: ':4\n', err: '' });
  });

  test('cleanup lists and ends what trace left', async () => {
    await main(['trace', `pod/${pod}`, ...flags(), '-q'], world({ cwd: folder, env }));
    const io = world({ env });
    const status = await main(['cleanup', '--server', server.url, '-n', namespace, '--dry-run'], io);
    expect(status).toBe(0);
    expect(io.out()).toMatch(
      new RegExp(
        `^NAMESPACE +POD +CONTAINER +STATE\\n${namespace} +${pod} +netdebug-[0-9a-f]{6} +runs until`,
      ),
    );
  });
});

test('the capture of a file is not touched by reading it', async () => {
  const io = world({ cwd: join(assetsFolder, 'recordings', 'service-selector-mismatch') });
  const before = readFileSync(join(io.cwd, 'capture.pcap'));
  expect(await main(['analyze', 'capture.pcap'], io)).toBe(1);
  expect(readFileSync(join(io.cwd, 'capture.pcap')).equals(before)).toBe(true);
});
