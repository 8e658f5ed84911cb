import { run, tryRun, type CommandOptions, type CommandResult } from './command.ts';
import { adminKubeconfig, kubectlPath } from './paths.ts';

/** Runs the cluster's own kubectl as administrator; returns stdout. */
export async function kubectl(args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return await run([kubectlPath, `--kubeconfig=${adminKubeconfig}`, ...args], options);
}

/** As `kubectl`, but an exit status other than 0 is an answer. */
export async function tryKubectl(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return await tryRun([kubectlPath, `--kubeconfig=${adminKubeconfig}`, ...args], options);
}
