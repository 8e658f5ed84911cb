import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logFolder, runFolder } from './paths.ts';
import { waitFor } from './wait.ts';

/**
 * Long-running processes of the cluster. Each leaves a pid file with its pid and its start time in
 * clock ticks since boot (field 22 of /proc/PID/stat), so that a pid that was given to another
 * process in the meantime is never signalled.
 */
export interface ProcessRecord {
  readonly name: string;
  readonly pid: number;
  readonly startTicks: string;
}

/** Start time of a live process in clock ticks since boot; '' if it is gone or a zombie. */
export function startTicksOf(pid: number): string {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
  // The second field is the program's name in brackets and may hold anything: count from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? '' : (fields[19] ?? '');
}

/** Starts a program in a session of its own, its output in `NAME.log`, and writes its pid file. */
export function startProcess(name: string, argv: readonly string[]): ProcessRecord {
  mkdirSync(logFolder, { recursive: true });
  const log = openSync(logPath(name), 'w');
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { cwd: '/', detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  // A program that cannot be started has no pid; the wait for its readiness then names the log.
  child.on('error', (error) => writeFileSync(logPath(name), String(error)));
  const pid = child.pid ?? 0;
  const record = { name, pid, startTicks: startTicksOf(pid) };
  writeFileSync(pidFile(name), `${record.pid} ${record.startTicks}\n`);
  return record;
}

/** The recorded processes, those that ended included. */
export function recordedProcesses(): ProcessRecord[] {
  let files: string[];
  try {
    files = readdirSync(runFolder);
  } catch {
    return [];
  }
  return files
    .filter((file) => file.endsWith('.pid'))
    .map((file) => {
      const [pid = '', startTicks = ''] = readFileSync(join(runFolder, file), 'utf8').trim().split(' ');
      return { name: file.slice(0, -'.pid'.length), pid: Number(pid), startTicks };
    });
}

/** Whether the very process that was recorded still runs. */
export function isRunning(record: ProcessRecord): boolean {
  return record.pid > 1 && record.startTicks !== '' && startTicksOf(record.pid) === record.startTicks;
}

/** Signals the recorded process, waits until it is gone (KILL after 10 s) and removes its pid file. */
export async function endProcess(record: ProcessRecord, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  signalRecorded(record, signal);
  try {
    await waitFor(`${record.name} to end`, async () => !isRunning(record), 10_000, 20);
  } catch {
    signalRecorded(record, 'SIGKILL');
    await waitFor(`${record.name} to end`, async () => !isRunning(record), 10_000, 20);
  }
  rmSync(pidFile(record.name), { force: true });
}

/** Path of a process's log. */
export function logPath(name: string): string {
  return join(logFolder, `${name}.log`);
}

/** The last lines of a process's log, for error messages. */
export function logTail(name: string): string {
  try {
    return readFileSync(logPath(name), 'utf8').trim().split('\n').slice(-5).join('\n');
  } catch {
    return '';
  }
}

function pidFile(name: string): string {
  return join(runFolder, `${name}.pid`);
}

/** Signals the very process that was recorded, if it still runs. */
export function signalRecorded(record: ProcessRecord, signal: NodeJS.Signals): void {
  if (!isRunning(record)) return;
  try {
    process.kill(record.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended in between
  }
}
