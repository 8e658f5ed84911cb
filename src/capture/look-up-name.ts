import { isIP } from 'node:net';
import type { ExecApi } from '../kube/exec-api.ts';
import type { DebugContainer } from './debug-container.ts';
import { runCommand } from './run-command.ts';

/** Whatever of these the image has; the name is an argument, no shell reads it. */
const script =
  'getent ahosts "$1" 2>/dev/null || dig +short +search "$1" A "$1" AAAA 2>/dev/null || nslookup "$1" 2>/dev/null';

/** Addresses of a host name as a program in the container gets them; empty: none, or no program that could ask. */
export async function lookUpName(api: ExecApi, container: DebugContainer, name: string): Promise<string[]> {
  const { stdout } = await runCommand(api, container, ['sh', '-c', script, 'sh', name]);
  return parseAddresses(stdout);
}

/** Addresses in the output of getent, dig or nslookup; the latter names its server first. */
export function parseAddresses(text: string): string[] {
  const answer = /^Name:/m.exec(text);
  const words = text.slice(/^Server:/m.test(text) ? (answer?.index ?? text.length) : 0).split(/\s+/);
  return [...new Set(words.filter((word) => isIP(word) > 0))];
}
