import { expect, test } from 'vitest';
import { endProcess, isRunning, startTicksOf, type ProcessRecord } from './processes.ts';
import { spawn } from 'node:child_process';

test('a pid that belongs to another process by now is not signalled', async () => {
  const other = spawn('sleep', ['30']);
  const pid = other.pid ?? 0;
  const recycled: ProcessRecord = { name: 'recycled', pid, startTicks: '1' };
  expect(isRunning(recycled)).toBe(false);
  await endProcess(recycled, 'SIGKILL');
  expect(startTicksOf(pid)).not.toBe('');
  const itself: ProcessRecord = { name: 'itself', pid, startTicks: startTicksOf(pid) };
  expect(isRunning(itself)).toBe(true);
  await endProcess(itself, 'SIGTERM');
  expect(startTicksOf(pid)).toBe('');
});

test('a record without a pid or a start time never counts as running', () => {
  expect(isRunning({ name: 'none', pid: 0, startTicks: '' })).toBe(false);
  expect(isRunning({ name: 'init', pid: 1, startTicks: startTicksOf(1) })).toBe(false);
});
