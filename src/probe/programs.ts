import type { DebugContainer } from '../capture/debug-container.ts';
import { type CommandResult, runCommand } from '../capture/run-command.ts';
import { UserError } from '../errors.ts';
import type { ExecApi } from '../kube/exec-api.ts';

/** What probes are made with. A mirrored image may lack some. */
export type Program = 'curl' | 'dig' | 'getent' | 'openssl' | 'sh' | 'socat' | 'timeout';

const PROGRAMS: readonly Program[] = ['curl', 'dig', 'getent', 'openssl', 'sh', 'socat', 'timeout'];

/** A place in which probes are run. */
export interface ProbePlace {
  readonly api: ExecApi;
  readonly container: DebugContainer;
  readonly programs: ReadonlySet<Program>;
}

/** Looks which programs the debug image has. Throws ApiError and UserError. */
export async function openProbePlace(api: ExecApi, container: DebugContainer): Promise<ProbePlace> {
  const script = 'for p do command -v "$p" >/dev/null && echo "$p"; done; true';
  const { stdout } = await runCommand(api, container, ['sh', '-c', script, 'sh', ...PROGRAMS]);
  const found = stdout.split('\n');
  return { api, container, programs: new Set(PROGRAMS.filter((program) => found.includes(program))) };
}

/** Runs one program with its arguments; text that the user gave is an argument, never a shell's. null: it did not end in time. */
export async function runProgram(
  { api, container }: ProbePlace,
  argv: readonly [Program, ...string[]],
): Promise<CommandResult | null> {
  try {
    return await runCommand(api, container, argv);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
