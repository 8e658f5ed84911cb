import { command, firstOf } from './paste.ts';

/** Why the traced pod cannot tell: each network namespace has its own values. */
export const SYSCTL_TRAP: string =
  'the value in the pod says nothing about the node, for each network namespace has its own';

/** The command that reads a sysctl in the node's own network namespace (`kubectl debug node/` uses the host's). */
export function readSysctl(node: string, name: string, image: string): string {
  return firstOf(
    command([node], `kubectl debug node/${node} -it --image=${image} -- sysctl ${name}`),
    `sysctl ${name}   (on the node)`,
  );
}
