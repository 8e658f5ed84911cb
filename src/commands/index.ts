import { analyze } from './analyze.ts';
import { bundle } from './bundle.ts';
import { capture } from './capture.ts';
import { check } from './check.ts';
import { cleanup } from './cleanup.ts';
import type { Command } from './command.ts';
import { complete } from './complete.ts';
import { completion } from './completion.ts';
import { demo } from './demo.ts';
import { doctor } from './doctor.ts';
import { explain } from './explain.ts';
import { rbac } from './rbac.ts';
import { trace } from './trace.ts';
import { version } from './version.ts';

/**
 * All commands with their flags, as data: for dispatch, help, completion and the README's tables.
 * A new one is a file with its description, a file that runs it, and a line here.
 */
export const COMMANDS: readonly Command[] = [
  trace,
  analyze,
  check,
  bundle,
  capture,
  cleanup,
  completion,
  complete,
  demo,
  doctor,
  explain,
  rbac,
  version,
];
