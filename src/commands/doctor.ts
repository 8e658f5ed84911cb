import { connectionFlags } from '../kube/connection-flags.ts';
import type { Command } from './command.ts';
import { quietFlag, verboseFlag } from './output-flags.ts';

/** `doctor`: does the cluster's network fare well, and can I trace here? */
export const doctor: Command = {
  name: 'doctor',
  summary: 'say how the network of the cluster fares, and whether captures will work; nothing is changed',
  operands: '',
  minOperands: 0,
  maxOperands: 0,
  flags: [
    { name: 'all-namespaces', alias: 'A', type: 'boolean', description: 'Look at all namespaces' },
    {
      name: 'read-node',
      type: 'boolean',
      description: 'Look into the networks of the nodes, by a pod on each that only reads: sysctls, MTUs',
    },
    {
      name: 'image',
      type: 'string',
      value: 'IMAGE',
      standard: 'NETDEBUG_IMAGE, else netshoot',
      description: 'Image of the debug container',
    },
    {
      name: 'debug-namespace',
      type: 'string',
      value: 'NAMESPACE',
      standard: "the pod's, else netdebug",
      description: 'Namespace for pods on nodes',
    },
    {
      name: 'output',
      alias: 'o',
      type: 'string',
      choices: ['table', 'json'],
      standard: 'table',
      description: 'Form of the answer',
    },
    quietFlag,
    verboseFlag,
    ...connectionFlags,
  ],
  examples: ['kubectl netdebug doctor -n shop', 'kubectl netdebug doctor -A -o json'],
  // Late: the connection and the checks are needed only now.
  load: async () => (await import('./run-doctor.ts')).runDoctor,
};
