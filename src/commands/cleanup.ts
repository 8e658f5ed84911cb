import { connectionFlags } from '../kube/connection-flags.ts';
import type { Command } from './command.ts';
import { quietFlag, verboseFlag } from './output-flags.ts';

/** `cleanup`: what this program left in the cluster. */
export const cleanup: Command = {
  name: 'cleanup',
  summary: 'list what this program left, end its debug containers, delete its debug pods',
  operands: '',
  minOperands: 0,
  maxOperands: 0,
  flags: [
    { name: 'all-namespaces', alias: 'A', type: 'boolean', description: 'Look in all namespaces' },
    { name: 'dry-run', type: 'boolean', description: 'List only, end and delete nothing' },
    quietFlag,
    verboseFlag,
    ...connectionFlags,
  ],
  examples: ['kubectl netdebug cleanup -n shop', 'kubectl netdebug cleanup -A --dry-run'],
  // Late: the connection to the cluster is needed only now.
  load: async () => (await import('./run-cleanup.ts')).runCleanup,
};
