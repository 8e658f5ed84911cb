import { UserError } from '../errors.ts';
import type { ExecApi } from '../kube/exec-api.ts';
import type { DebugContainer } from './debug-container.ts';

/** Output of a command that ended by itself. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT_MS = 15_000;
const maxOutputBytes = 256 * 1024;

/** Runs a short command in the debug container; `timeoutMs`: when it is given up. Throws ApiError or {@link UserError} if it could not run to its end. */
export async function runCommand(
  api: ExecApi,
  container: DebugContainer,
  command: readonly string[],
  timeoutMs: number = TIMEOUT_MS,
): Promise<CommandResult> {
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[], lengthBytes: 0 };
  const collect = (into: Buffer[]) => (chunk: Buffer) => {
    output.lengthBytes += chunk.length;
    if (output.lengthBytes <= maxOutputBytes) into.push(chunk);
  };
  const request = {
    namespace: container.namespace,
    pod: container.pod,
    container: container.container,
    command: [...container.enter, ...command],
    stdin: false,
  };
  const session = await api.exec(request, { stdout: collect(output.stdout), stderr: collect(output.stderr) });
  const timer = setTimeout(() => session.terminate(), timeoutMs);
  const end = await session.done;
  clearTimeout(timer);
  if (end.kind !== 'exited') {
    throw new UserError(
      `Cannot run "${command[0] ?? ''}" in container ${container.container} of pod ${container.namespace}/${container.pod}`,
      end.message,
      `Try by hand: kubectl exec ${container.pod} -n ${container.namespace} -c ${container.container} -- ${command.join(' ')}`,
    );
  }
  return {
    exitCode: end.exitCode,
    stdout: Buffer.concat(output.stdout).toString('utf8'),
    stderr: Buffer.concat(output.stderr).toString('utf8'),
  };
}
