import { needs } from '../access/needs.ts';
import { connectionFlags } from '../kube/connection-flags.ts';
import type { Command } from './command.ts';

/** `rbac`: the least Role that a command needs. */
export const rbac: Command = {
  name: 'rbac',
  summary: 'print the least Role that a command needs, and what each rule is for',
  operands: `[${needs.map(({ word }) => word).join('|')}]...`,
  minOperands: 0,
  maxOperands: needs.length,
  flags: [
    {
      name: 'all-namespaces',
      alias: 'A',
      type: 'boolean',
      description: 'One ClusterRole for all namespaces instead of a Role for one',
    },
    {
      name: 'debug-namespace',
      type: 'string',
      value: 'NAMESPACE',
      standard: 'netdebug',
      description: 'node: the namespace for pods on nodes',
    },
    { name: 'for-user', type: 'list', value: 'NAME', description: 'Bind it to this user; may be repeated' },
    { name: 'for-group', type: 'list', value: 'NAME', description: 'Bind it to this group; may be repeated' },
    {
      name: 'output',
      alias: 'o',
      type: 'string',
      choices: ['yaml', 'json', 'table'],
      standard: 'yaml',
      description: 'Objects to apply, or a table of which verbs each command needs',
    },
    ...connectionFlags,
  ],
  examples: [
    'kubectl netdebug rbac trace -n shop | kubectl apply -f -',
    'kubectl netdebug rbac trace targets causes -n shop --for-group on-call',
    'kubectl netdebug rbac -o table',
  ],
  // Late: the connection is needed only now, for its namespace.
  load: async () => (await import('./run-rbac.ts')).runRbac,
};
