import { command, firstOf } from './paste.ts';

/** The command that reads a sysctl in the node's own network namespace (`kubectl debug node/` uses the host's). */
export function readSysctl(node: string, name: string, image: string): string {
  return firstOf(
    command([node], `kubectl debug node/${node} -it --image=${image} -- sysctl ${name}`),
    `sysctl ${name}   (on the node)`,
  );
}
