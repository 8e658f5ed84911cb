import { describe, expect, test } from 'vitest';
import type { CaptureEnd, RunningCapture } from '../../src/capture/running-capture.ts';
import { watchCapture } from '../../src/commands/capture-watch.ts';
import { UserError } from '../../src/errors.ts';
import { type World, world } from './world.ts';

const END: CaptureEnd = {
  ended: 'interrupted',
  packets: 3,
  bytes: 300,
  exitStatus: 143,
  counters: { captured: 3, receivedByFilter: 3, droppedByKernel: 0, droppedByInterface: 0 },
  problems: [],
};

/** A capture that a test ends. */
function fakeCapture(
  bytes = 300,
  isHeld = false,
): { running: RunningCapture; calls: string[]; end: () => void } {
  const calls: string[] = [];
  const { promise, resolve } = Promise.withResolvers<CaptureEnd>();
  const running: RunningCapture = {
    listening: 'listening on eth0',
    stop: () => void calls.push('stop'),
    abandon: () => void calls.push('abandon'),
    isHeldBack: () => isHeld,
    progress: () => ({ packets: bytes > 24 ? 3 : 0, bytes }),
    done: promise,
  };
  return { running, calls, end: () => resolve(END) };
}

const WATCHED = { target: 'pod/shop/client', interfaceName: 'eth0', durationMs: 30_000 };

/** Lets everything run that waits for nothing. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A world in which each second passes as soon as nothing else is to be done, `seconds` times. */
function impatient(seconds: number, io: World = world()): World {
  let left = seconds;
  return { ...io, sleep: async (ms, signal) => ((left -= 1) >= 0 ? settle() : io.sleep(ms, signal)) };
}

describe('watchCapture', () => {
  test('the first Ctrl-C stops and waits for the end', async () => {
    const io = world();
    const { running, calls, end } = fakeCapture();
    const watching = watchCapture(running, WATCHED, io);
    await settle();
    io.interrupt();
    expect(calls).toEqual(['stop']);
    end();
    expect(await watching).toBe(END);
    expect(io.err()).toBe(
      'Capturing on eth0 of pod/shop/client for 30 s: let it happen now; Ctrl-C ends it early.\n' +
        'Stopped; analysing what was captured. Ctrl-C again leaves at once.\n',
    );
  });

  test('a sink that takes its time is named', async () => {
    const io = world();
    const { running, end } = fakeCapture(300, true);
    const watching = watchCapture(running, WATCHED, io);
    await settle();
    io.interrupt();
    end();
    await watching;
    expect(io.err()).toContain('Stopped; draining what was captured, the reader takes it slowly.');
  });

  test('the second Ctrl-C leaves although the capture has not ended', async () => {
    const io = world();
    const { running, calls } = fakeCapture();
    const watching = watchCapture(running, WATCHED, io);
    await settle();
    io.interrupt();
    io.interrupt();
    await expect(watching).rejects.toBeInstanceOf(UserError);
    expect(calls).toEqual(['stop', 'abandon']);
  });

  test('after the end Ctrl-C is no longer taken', async () => {
    const io = world();
    const { running, calls, end } = fakeCapture();
    end();
    await watchCapture(running, WATCHED, io);
    io.interrupt();
    expect(calls).toEqual([]);
  });

  test.each([
    [24, 10, true],
    [0, 10, true],
    [24, 9, false],
    [300, 15, false],
  ])('%i bytes after %i s: hint %j', async (bytes, seconds, isHinted) => {
    const io = impatient(seconds);
    const { running, end } = fakeCapture(bytes);
    const watching = watchCapture(running, WATCHED, io);
    for (let turn = 0; turn < 40; turn += 1) await settle();
    end();
    await watching;
    expect(io.err().includes('No packet in 10 s. It may be that\n  - the application sent nothing')).toBe(
      isHinted,
    );
  });

  test('on a terminal one line shows the progress and is wiped at the end', async () => {
    const io = impatient(2, world({ tty: true }));
    const { running, end } = fakeCapture();
    const watching = watchCapture(running, WATCHED, io);
    for (let turn = 0; turn < 10; turn += 1) await settle();
    end();
    await watching;
    const wipe = '\r\u001b[K';
    expect(io.err().endsWith(`${wipe}1 s, 3 packets, 300 B${wipe}2 s, 3 packets, 300 B${wipe}`)).toBe(true);
  });
});
