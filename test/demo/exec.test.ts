import { expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import { startServer, type DemoServer, type ServerOptions } from '../../src/demo/api-server.ts';
import type { Recording } from '../../src/demo/recording.ts';
import { FRAMES, pcap, sampleRecording } from './sample-recording.ts';

const V5 = 'v5.channel.k8s.io';
const V4 = 'v4.channel.k8s.io';
const GUARDED = [
  'sh',
  '-c',
  'exec 3<&0 …',
  'sh',
  '600',
  'tcpdump',
  '-U',
  '-n',
  '-i',
  'eth0',
  '-s',
  '2048',
  '-w',
  '-',
];

/** An exec as a client sees it. */
interface Exec {
  readonly socket: WebSocket;
  readonly stdout: () => Buffer;
  readonly stderr: () => string;
  readonly frames: () => readonly Buffer[];
  /** Waits until stderr holds the text. */
  readonly said: (text: string) => Promise<void>;
  readonly status: Promise<Record<string, unknown>>;
}

async function started(options: ServerOptions = {}, changes: Partial<Recording> = {}): Promise<DemoServer> {
  const server = await startServer(sampleRecording(changes), options);
  onTestFinished(server.close);
  await fetch(`${server.url}/api/v1/namespaces/shop/pods/client/ephemeralcontainers`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    body: JSON.stringify({ spec: { ephemeralContainers: [{ name: 'netdebug-4f1c2a', image: 'netshoot' }] } }),
  });
  return server;
}

function execUrl(server: DemoServer, command: readonly string[], container = 'netdebug-4f1c2a'): string {
  const query = new URLSearchParams([
    ...command.map((argument) => ['command', argument] as [string, string]),
    ['container', container],
    ['stdin', 'true'],
  ]);
  return `${server.url.replace('http', 'ws')}/api/v1/namespaces/shop/pods/client/exec?${query.toString()}`;
}

async function exec(
  server: DemoServer,
  command: readonly string[],
  protocols: readonly string[] = [V5, V4],
): Promise<Exec> {
  const socket = new WebSocket(execUrl(server, command), [...protocols]);
  const frames: Buffer[] = [];
  const channel = (number: number): Buffer =>
    Buffer.concat(frames.filter((frame) => frame[0] === number).map((frame) => frame.subarray(1)));
  let notify = (): void => undefined;
  socket.on('message', (data: Buffer) => {
    frames.push(data);
    notify();
  });
  const status = new Promise<Record<string, unknown>>((resolve, reject) => {
    socket.once('close', () => {
      const text = channel(3).toString();
      if (text === '') reject(new Error('closed without a status'));
      else resolve(JSON.parse(text) as Record<string, unknown>);
    });
  });
  status.catch(() => undefined);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    socket,
    stdout: () => channel(1),
    stderr: () => channel(2).toString(),
    frames: () => frames,
    status,
    said: async (text) => {
      while (!channel(2).includes(text)) await new Promise<void>((resolve) => (notify = resolve));
    },
  };
}

const line = Buffer.from([0, 10]);
const halfClose = Buffer.from([255, 0]);

test.each([
  ['v5: a line, then the half-close', [V5, V4], halfClose],
  ['v4: two lines', [V4], line],
])('replays the capture, and ends as the wrapper does – %s', async (_, protocols, last) => {
  const run = await exec(await started(), GUARDED, protocols);
  expect(run.socket.protocol).toBe(protocols[0]);
  await run.said('listening on eth0, link-type EN10MB (Ethernet), snapshot length 2048 bytes\n');
  while (run.stdout().length < pcap(FRAMES).length)
    await new Promise((resolve) => run.socket.once('message', resolve));
  run.socket.send(line);
  await run.said('netdebug-exit 0\n');
  expect(run.stderr()).toBe(
    'tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 2048 bytes\n4 packets captured\n6 packets received by filter\n2 packets dropped by kernel\nnetdebug-exit 0\n',
  );
  run.socket.send(last);
  expect(await run.status).toEqual({ metadata: {}, status: 'Success' });
  const expected = pcap(FRAMES);
  expected.writeUInt32LE(2048, 16);
  expect(run.stdout().equals(expected)).toBe(true);
});

test('the status waits for the client after the counters', async () => {
  const run = await exec(await started(), [...GUARDED, '-c', '4']);
  await run.said('netdebug-exit 0\n');
  expect(run.frames().some((frame) => frame[0] === 3)).toBe(false);
  run.socket.send(halfClose);
  expect(await run.status).toMatchObject({ status: 'Success' });
});

test('the half-close alone ends tcpdump as well', async () => {
  const run = await exec(await started(), GUARDED);
  await run.said('listening on');
  run.socket.send(halfClose);
  expect(await run.status).toMatchObject({ status: 'Success' });
  expect(run.stderr()).toContain('packets received by filter');
});

test('the counters say what was sent, also when a stop or -c came first', async () => {
  const run = await exec(await started(), [...GUARDED, '-c', '1']);
  await run.said('netdebug-exit 0\n');
  expect(run.stderr()).toContain(
    '1 packet captured\n3 packets received by filter\n2 packets dropped by kernel\n',
  );
  expect(run.stdout()).toHaveLength(24 + 16 + 60);
});

test('-s cuts the packets and keeps their length on the wire', async () => {
  const run = await exec(await started(), [
    'sh',
    '-c',
    'x',
    'sh',
    '600',
    'tcpdump',
    '-s',
    '100',
    '-c',
    '4',
    '-w',
    '-',
    '--',
    'tcp',
    'port',
    '80',
  ]);
  await run.said('netdebug-exit 0\n');
  const third = 24 + (16 + 60) + (16 + 90);
  expect([
    run.stdout().readUInt32LE(16),
    run.stdout().readUInt32LE(third + 8),
    run.stdout().readUInt32LE(third + 12),
  ]).toEqual([100, 100, 1500]);
});

test('the deadline ends it without a word from the client', async () => {
  const command = GUARDED.map((argument) => (argument === '600' ? '0.05' : argument));
  const run = await exec(await started(), command);
  await run.said('4 packets captured\n');
});

test('keeps the rhythm of the recording, scaled', async () => {
  const run = await exec(await started({ replayMs: 60_000 }), GUARDED);
  await run.said('listening on');
  run.socket.send(line);
  await run.said('netdebug-exit 0\n');
  expect(run.stderr()).not.toContain('4 packets captured');
});

test('frames are cut where the options say', async () => {
  const run = await exec(await started({ frames: { stdoutBytes: 7, stderrBytes: 3 } }), [
    ...GUARDED,
    '-c',
    '4',
  ]);
  await run.said('netdebug-exit 0\n');
  const lengths = (channel: number): number =>
    Math.max(
      ...run
        .frames()
        .filter((frame) => frame[0] === channel)
        .map((frame) => frame.length - 1),
    );
  expect([lengths(1), lengths(2)]).toEqual([7, 3]);
  expect(run.stdout()).toHaveLength(pcap(FRAMES).length);
});

test.each([
  [['cat', '/etc/resolv.conf'], 'nameserver 10.96.0.10\nsearch shop.svc.cluster.local\noptions ndots:5\n'],
  [['grep', 'CapEff', '/proc/self/status'], 'CapEff:\t00000000a80425fb\n'],
  [
    ['sh', '-c', 'grep CapEff /proc/self/status; cat /etc/resolv.conf'],
    'CapEff:\t00000000a80425fb\nnameserver 10.96.0.10\nsearch shop.svc.cluster.local\noptions ndots:5\n',
  ],
  [['tcpdump', '-d', '-i', 'eth0', 'tcp', 'port', '443'], '(000) ret      #262144\n'],
])('%j prints what the container would', async (command, expected) => {
  const run = await exec(await started(), command);
  expect(await run.status).toMatchObject({ status: 'Success' });
  expect(run.stdout().toString()).toBe(expected);
});

test.each([
  [['tcpdump', '-d', 'port', 'port'], 1, "tcpdump: can't parse filter expression: syntax error\n"],
  [['tcpdump', '-d', '“tcp”'], 1, "tcpdump: can't parse filter expression: syntax error\n"],
  [['iptables', '-L'], 127, 'sh: iptables: not found\n'],
])('%j fails with %i', async (command, exitCode, stderr) => {
  const run = await exec(await started(), command);
  expect(await run.status).toMatchObject({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  });
  expect(run.stderr()).toBe(stderr);
});

async function refusal(url: string): Promise<{ code: number; message: string }> {
  const socket = new WebSocket(url, [V5]);
  socket.on('error', () => undefined);
  return await new Promise((resolve) => {
    socket.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          code: response.statusCode ?? 0,
          message: (JSON.parse(Buffer.concat(chunks).toString()) as { message: string }).message,
        }),
      );
    });
  });
}

test('an exec is refused with a Status: no right, no such container, not running', async () => {
  const denied = await started({ denies: (verb, path) => verb === 'create' && path.subresource === 'exec' });
  expect(await refusal(execUrl(denied, ['true']))).toEqual({
    code: 403,
    message:
      'pods "client" is forbidden: User "system:serviceaccount:default:demo" cannot create resource "pods/exec" in API group "" in the namespace "shop"',
  });
  expect((await refusal(execUrl(await started(), ['true'], 'other'))).code).toBe(400);
  const waiting = await started({ startState: { waiting: { reason: 'ContainerCreating' } } });
  expect((await refusal(execUrl(waiting, ['true']))).code).toBe(500);
});

test('a client that is gone leaves no replay behind', async () => {
  const server = await started({ replayMs: 60_000 });
  const run = await exec(server, GUARDED);
  await run.said('listening on');
  run.socket.terminate();
  await server.close();
  await expect(run.status).rejects.toThrow('closed without a status');
});

test('a damaged recording is an exit code, not a crash', async () => {
  const run = await exec(await started({}, { capture: pcap(FRAMES).subarray(0, 110) }), GUARDED);
  expect(await run.status).toMatchObject({ status: 'Failure' });
  expect(run.stderr()).toContain('of the recorded capture is cut');
});
