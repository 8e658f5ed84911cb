import { afterEach, expect, test } from 'vitest';
import { startCapture } from '../../src/capture/running-capture.ts';
import type { CaptureOptions, CaptureSink } from '../../src/capture/capture-run.ts';
import { exitStatus, type FakeApiServer } from '../kube/fake-api-server.ts';
import { container, counters, fileHeader, ready, record, startFarSide } from './fake-container.ts';
import type { FarSide } from './fake-container.ts';

const options: CaptureOptions = {
  interfaceName: 'eth0',
  snapLengthBytes: 2048,
  count: undefined,
  filter: [],
  kernelBufferKib: 1024,
  durationMs: 60_000,
  maxBytes: 1e9,
  pace: () => undefined,
};
let server: FakeApiServer;
afterEach(() => server.close());

async function capture(
  play: (side: FarSide) => void,
  over: Partial<CaptureOptions> = {},
  protocol?: 'v4.channel.k8s.io',
) {
  const started = await startFarSide(play, protocol);
  ({ server } = started);
  const received: Buffer[] = [];
  const sink: CaptureSink = { write: (chunk) => void received.push(chunk) };
  const run = await startCapture(started.api, container, { ...options, ...over }, sink);
  return { run, received: () => Buffer.concat(received) };
}

test.each([undefined, 'v4.channel.k8s.io'] as const)(
  'a stop drains what is there and reads the counters (%s)',
  async (protocol) => {
    const { run, received } = await capture(
      (side) => {
        side.stderr(ready);
        side.stdout(Buffer.concat([fileHeader(), record(100, 1)]));
        void side.stopped.then(() => {
          side.stdout(record(50, 2));
          return side.end(counters(2));
        });
      },
      {},
      protocol,
    );
    expect(run.listening).toContain('listening on eth0');
    run.stop();
    run.stop();
    expect(await run.done).toEqual({
      ended: 'interrupted',
      packets: 2,
      bytes: 24 + 116 + 66,
      exitStatus: 0,
      counters: { captured: 2, receivedByFilter: 2, droppedByKernel: 0, droppedByInterface: null },
      problems: [],
    });
    expect(received().equals(Buffer.concat([fileHeader(), record(100, 1), record(50, 2)]))).toBe(true);
  },
);

test('the end of the duration and of the count are told apart', async () => {
  const play = (side: FarSide): void => {
    side.stderr(ready);
    side.stdout(Buffer.concat([fileHeader(), record(1), record(2)]));
    void side.end(counters(2));
  };
  const first = await capture(play, { durationMs: 500 });
  expect((await first.run.done).ended).toBe('duration');
  await server.close();
  const second = await capture(play, { count: 2 });
  expect((await second.run.done).ended).toBe('count');
});

test('a far side that keeps to its time has done so, however late the line told of its start', async () => {
  const { run } = await capture(
    (side) => {
      setTimeout(() => {
        side.stderr(ready);
        side.stdout(Buffer.concat([fileHeader(), record(1)]));
        void side.end(counters(1));
      }, 1300);
    },
    { durationMs: 1200 },
  );
  expect(await run.done).toMatchObject({ ended: 'duration', problems: [] });
});

test('tcpdump gets what was asked for, under the guard, the filter behind a --', async () => {
  let argv: readonly string[] = [];
  const { run } = await capture(
    (side) => {
      ({ argv } = side);
      side.stderr(ready);
      void side.end(counters(0));
    },
    { durationMs: 1500, count: 7, filter: ['tcp', 'port', '80'] },
  );
  await run.done;
  expect(argv.slice(0, 2)).toEqual(['sh', '-c']);
  expect(argv.slice(3)).toEqual([
    'sh',
    '2',
    'tcpdump',
    '-i',
    'eth0',
    '-n',
    '-U',
    '-s',
    '2048',
    '-B',
    '1024',
    '-c',
    '7',
    '-w',
    '-',
    '--',
    'tcp',
    'port',
    '80',
  ]);
});

test('a capture that grows too big is stopped', async () => {
  const { run } = await capture(
    (side) => {
      side.stderr(ready);
      side.stdout(Buffer.concat([fileHeader(), record(1000), record(1000)]));
      void side.stopped.then(() => side.end(counters(2)));
    },
    { maxBytes: 1500 },
  );
  expect(await run.done).toMatchObject({ ended: 'max-bytes', packets: 2, problems: [] });
});

test('packets that tcpdump captured and that did not arrive are missed, one excepted', async () => {
  for (const [captured, expected] of [
    [3, []],
    [9, ['tcpdump captured 9 packets, but only 2 arrived: 7 were lost on the way.']],
  ] as const) {
    const { run } = await capture((side) => {
      side.stderr(ready);
      side.stdout(Buffer.concat([fileHeader(), record(1), record(2)]));
      void side.stopped.then(() => side.end(counters(captured)));
    });
    run.stop();
    expect((await run.done).problems).toEqual(expected);
    await server.close();
  }
});

test('a tcpdump that fails to start is told in its own words', async () => {
  const play = (side: FarSide): void => {
    side.stderr("tcpdump: eth9: You don't have permission to capture on that device\n");
    void side.end('', 1);
  };
  await expect(capture(play)).rejects.toMatchObject({
    name: 'UserError',
    why: "tcpdump: eth9: You don't have permission to capture on that device",
  });
});

test('a tcpdump that ends before its time is a problem', async () => {
  const { run } = await capture((side) => {
    side.stderr(ready);
    side.stdout(fileHeader());
    side.stderr('tcpdump: pcap_loop: The interface disappeared\n');
    void side.end(counters(0), 1);
  });
  expect(await run.done).toMatchObject({
    ended: 'cut',
    exitStatus: 1,
    problems: [
      'tcpdump ended with status 1: tcpdump: pcap_loop: The interface disappeared',
      'tcpdump ended before its time: tcpdump: pcap_loop: The interface disappeared',
    ],
  });
});

test('a container that is ended from outside is said to be, and not asked again', async () => {
  const { run } = await capture((side) => {
    side.stderr(ready);
    side.stdout(Buffer.concat([fileHeader(), record(10)]));
    side.socket.send(exitStatus(137));
    side.socket.close();
  });
  expect(await run.done).toMatchObject({
    ended: 'cut',
    packets: 1,
    exitStatus: null,
    problems: [
      expect.stringMatching(
        /^The debug container was ended during the capture: what came after \S+Z is missing\.$/,
      ),
    ],
  });
});

test('a sink that holds the stream back from the first packet on does not keep the capture from starting', async () => {
  const started = await startFarSide((side) => {
    side.stdout(Buffer.concat([fileHeader(), record(10)]));
    side.stderr(ready);
    void side.stopped.then(() => side.end(counters(1)));
  });
  ({ server } = started);
  const released = Promise.withResolvers<void>();
  const run = await startCapture(started.api, container, options, { write: () => released.promise });
  expect(run.isHeldBack()).toBe(true);
  released.resolve();
  run.stop();
  expect(await run.done).toMatchObject({ ended: 'interrupted', packets: 1, problems: [] });
});

test('a cut stream is taken up again; the pieces join at whole records and the gap is named', async () => {
  let segments = 0;
  const { run, received } = await capture((side) => {
    segments += 1;
    side.stderr(ready);
    if (segments === 1) {
      side.stdout(Buffer.concat([fileHeader(), record(10, 1), record(20, 2).subarray(0, 30)]));
      side.socket.once('pong', () => side.socket.terminate());
      return side.socket.ping();
    }
    side.stdout(Buffer.concat([fileHeader(), record(30, 3)]));
    void side.stopped.then(() => side.end(counters(1)));
  });
  await until(() => run.progress().packets === 2);
  run.stop();
  const end = await run.done;
  expect(end).toMatchObject({ ended: 'interrupted', packets: 2, counters: { captured: null } });
  expect(end.problems[0]).toMatch(
    /^The connection was cut after \S+Z \(.*\) and taken up again .* s later: packets in between are missing\.$/,
  );
  expect(received().equals(Buffer.concat([fileHeader(), record(10, 1), record(30, 3)]))).toBe(true);
});

test('an end that only the server reports is a cut: a kubelet that dies is told as success', async () => {
  let segments = 0;
  const { run } = await capture((side) => {
    segments += 1;
    side.stderr(ready);
    side.stdout(Buffer.concat([fileHeader(), record(10)]));
    if (segments === 1) side.socket.send(exitStatus(0));
    else void side.stopped.then(() => side.end(counters(1)));
  });
  await until(() => run.progress().packets === 2);
  run.stop();
  const { ended, problems } = await run.done;
  expect(ended).toBe('interrupted');
  expect(problems[0]).toMatch(
    /^The connection was cut after \S+Z \(the server reports an end, tcpdump none\) and taken up/,
  );
});

test('a cut is not taken up again when the pod is gone', async () => {
  let segments = 0;
  const started = await startFarSide(
    (side) => {
      segments += 1;
      side.stderr(ready);
      side.stdout(Buffer.concat([fileHeader(), record(10)]));
      side.socket.once('pong', () => side.socket.terminate());
      side.socket.ping();
    },
    undefined,
    () => (segments === 0 ? undefined : { status: 404, body: { message: 'pods "client" not found' } }),
  );
  ({ server } = started);
  const run = await startCapture(started.api, container, options, { write: () => undefined });
  const { ended, problems } = await run.done;
  expect([segments, ended]).toEqual([1, 'cut']);
  expect(problems[0]).toMatch(/^The connection was cut \(.*\): what came after \S+Z is missing\.$/);
});

test('a capture that is left at once says so', async () => {
  const { run } = await capture((side) => {
    side.stderr(ready);
    side.stdout(fileHeader());
  });
  run.abandon();
  expect(await run.done).toMatchObject({
    ended: 'interrupted',
    exitStatus: null,
    problems: ['The capture was left before its last packets had arrived.'],
  });
});

test('a sink that fails ends the capture with its error', async () => {
  const started = await startFarSide((side) => {
    side.stderr(ready);
    side.stdout(Buffer.concat([fileHeader(), record(1)]));
  });
  ({ server } = started);
  const run = await startCapture(started.api, container, options, {
    write: () => Promise.reject(new Error('no space left on device')),
  });
  await expect(run.done).rejects.toThrow('no space left on device');
});

test('a sink that waits holds the capture back, visibly', async () => {
  const gate = Promise.withResolvers<void>();
  const started = await startFarSide((side) => {
    side.stderr(ready);
    side.stdout(Buffer.concat([fileHeader(), record(1)]));
    void side.stopped.then(() => side.end(counters(1)));
  });
  ({ server } = started);
  const run = await startCapture(started.api, container, options, { write: () => gate.promise });
  await until(() => run.isHeldBack());
  run.stop();
  gate.resolve();
  expect(await run.done).toMatchObject({ ended: 'interrupted', packets: 1 });
  expect(run.isHeldBack()).toBe(false);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
