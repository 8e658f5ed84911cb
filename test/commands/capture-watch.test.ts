import { describe, expect, test } from 'vitest';
import { type Watched, watchCaptures, type WatchedPoint } from '../../src/commands/capture-watch.ts';
import { leftBeforeReport, takeInterrupts, unlessInterrupted } from '../../src/commands/interrupts.ts';
import { UserError } from '../../src/errors.ts';
import { type World, world } from './world.ts';

interface Fake {
  readonly watched: Watched;
  readonly calls: string[];
  readonly end: () => void;
  readonly news: string[];
}

function point(name: string, over: Partial<WatchedPoint> = {}): WatchedPoint {
  return { name, isRunning: true, packets: 3, bytes: 300, findings: 0, ...over };
}

/** Captures that a test ends. */
function fakeCaptures(points: readonly WatchedPoint[], isHeld = false): Fake {
  const calls: string[] = [];
  const news: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const watched: Watched = {
    points: () => points,
    done: promise,
    stop: () => void calls.push('stop'),
    abandon: () => void calls.push('abandon'),
    isHeldBack: () => isHeld,
    news: () => news.splice(0),
  };
  return { watched, calls, end: resolve, news };
}

const one = (over: Partial<WatchedPoint> = {}): WatchedPoint[] => [point('pod/shop/client eth0', over)];

/** Lets everything run that waits for nothing. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A world in which each second passes as soon as nothing else is to be done, `seconds` times. */
function impatient(seconds: number, io: World = world()): World {
  let left = seconds;
  return { ...io, sleep: async (ms, signal) => ((left -= 1) >= 0 ? settle() : io.sleep(ms, signal)) };
}

/** Watches for some turns, then ends the captures; gives what stderr says. */
async function watchFor(seconds: number, points: readonly WatchedPoint[], tty = false): Promise<string> {
  const io = impatient(seconds, world({ tty }));
  const { watched, end } = fakeCaptures(points);
  using interrupts = takeInterrupts(io);
  const watching = watchCaptures(watched, interrupts, io);
  for (let turn = 0; turn < 60; turn += 1) await settle();
  end();
  await watching;
  return io.err();
}

describe('Ctrl-C', () => {
  test('once stops and waits for the end', async () => {
    const io = world();
    const { watched, calls, end } = fakeCaptures(one());
    using interrupts = takeInterrupts(io);
    const watching = watchCaptures(watched, interrupts, io);
    io.interrupt();
    expect(calls).toEqual(['stop']);
    end();
    await watching;
    expect(io.err()).toBe('Stopped; analysing what was captured. Ctrl-C again leaves at once.\n');
  });

  test('before the captures were watched stops them as well', async () => {
    const io = world();
    const { watched, calls, end } = fakeCaptures(one());
    using interrupts = takeInterrupts(io);
    io.interrupt();
    end();
    await watchCaptures(watched, interrupts, io);
    expect(calls).toEqual(['stop']);
  });

  test('names a sink that takes its time', async () => {
    const io = world();
    const { watched, end } = fakeCaptures(one(), true);
    using interrupts = takeInterrupts(io);
    const watching = watchCaptures(watched, interrupts, io);
    io.interrupt();
    end();
    await watching;
    expect(io.err()).toContain('Stopped; draining what was captured, the reader takes it slowly.');
  });

  test('twice leaves although the captures have not ended', async () => {
    const io = world();
    const { watched, calls } = fakeCaptures(one());
    using interrupts = takeInterrupts(io);
    const watching = watchCaptures(watched, interrupts, io);
    io.interrupt();
    io.interrupt();
    await expect(watching).rejects.toBeInstanceOf(UserError);
    expect(calls).toEqual(['stop', 'abandon']);
  });

  test('is no longer taken after the end', async () => {
    const io = world();
    const { watched, calls, end } = fakeCaptures(one());
    end();
    using interrupts = takeInterrupts(io);
    await watchCaptures(watched, interrupts, io);
    io.interrupt();
    expect(calls).toEqual([]);
  });
});

test('after the end, Ctrl-C leaves whatever is still being done', async () => {
  const io = world();
  using interrupts = takeInterrupts(io);
  const never = new Promise<never>(() => undefined);
  const waiting = unlessInterrupted(interrupts, never, leftBeforeReport);
  io.interrupt();
  await expect(waiting).rejects.toMatchObject({ what: 'interrupted before the report was made' });
  expect(await unlessInterrupted(interrupts, Promise.resolve(7), leftBeforeReport)).toBe(7);
});

describe('without a terminal', () => {
  test.each([
    [24, 10, true],
    [0, 10, true],
    [24, 9, false],
    [300, 15, false],
  ])('%i bytes after %i s: hint %j', async (bytes, seconds, isHinted) => {
    const said = await watchFor(seconds, one({ packets: bytes > 24 ? 3 : 0, bytes }));
    expect(said.includes('No packet in 10 s. It may be that\n  - the application sent nothing')).toBe(
      isHinted,
    );
  });

  test('a line every 10 s names the captures that are empty', async () => {
    const points = [point('a', { findings: 1 }), point('b', { packets: 0, bytes: 24 }), point('c')];
    expect(await watchFor(20, points)).toBe(
      'No packet in 10 s from b.\n' +
        '10 s: 6 packets, 624 B, 1 finding so far of 3 captures; none from b\n' +
        '20 s: 6 packets, 624 B, 1 finding so far of 3 captures; none from b\n',
    );
  });
});

describe('on a terminal', () => {
  const wipe = '\r\u001b[K';
  const up = '\u001b[A\u001b[K';

  test('one line shows the progress and is wiped at the end', async () => {
    expect(await watchFor(2, one(), true)).toBe(`1 s, 3 packets, 300 B${wipe}2 s, 3 packets, 300 B${wipe}`);
  });

  test('several captures have a line each', async () => {
    const points = [point('pod/a'), point('pod/longer', { isRunning: false })];
    const drawn = (tick: number): string =>
      `${tick} s  pod/a       3 packets, 300 B\n${tick} s  pod/longer  3 packets, 300 B, ended`;
    expect(await watchFor(2, points, true)).toBe(`${drawn(1)}${wipe}${up}${drawn(2)}${wipe}${up}`);
  });

  test('more captures than lines are put together', async () => {
    const points = Array.from({ length: 20 }, (_, index) => point(`pod/${index}`));
    const said = await watchFor(1, points, true);
    expect(said.split('\n')).toHaveLength(12);
    expect(said).toContain('1 s  and 9 more: 27 packets, 2.6 KiB');
  });

  test('news stand above the lines', async () => {
    const io = impatient(2, world({ tty: true }));
    const { watched, end, news } = fakeCaptures(one());
    news.push('pod/b has come up and joins');
    using interrupts = takeInterrupts(io);
    const watching = watchCaptures(watched, interrupts, io);
    for (let turn = 0; turn < 20; turn += 1) await settle();
    end();
    await watching;
    expect(io.err().startsWith('pod/b has come up and joins\n1 s, 3 packets')).toBe(true);
  });
});
