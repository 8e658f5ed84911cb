import { defaults } from '../capture/defaults.ts';
import { connectionFlags } from '../kube/connection-flags.ts';
import type { Command } from './command.ts';
import { outputFlags } from './output-flags.ts';
import { dryRunFlag, rungFlags } from './rung-flags.ts';

/** `trace pod/NAME`: capture in the pod, analyse, explain. */
export const trace: Command = {
  name: 'trace',
  summary: 'capture in a pod, analyse live, explain from the cluster, name the cause and the fix',
  operands: 'pod/NAME',
  minOperands: 1,
  maxOperands: 1,
  flags: [
    {
      name: 'duration',
      type: 'string',
      value: 'TIME',
      standard: defaults.durationMs.shown,
      description: 'How long to capture, such as 90s, 5m or 1h',
    },
    {
      name: 'filter',
      type: 'string',
      value: 'EXPRESSION',
      description: "What to capture, in tcpdump's words: 'tcp port 443'",
    },
    {
      name: 'interface',
      alias: 'i',
      type: 'string',
      value: 'NAME',
      standard: 'eth0, else any',
      description: 'Interface in the pod',
    },
    { name: 'count', type: 'string', value: 'PACKETS', description: 'Stop after so many packets' },
    {
      name: 'max-bytes',
      type: 'string',
      value: 'SIZE',
      standard: defaults.maxBytes.shown,
      description: 'Stop after so many bytes of capture',
    },
    {
      name: 'snaplen',
      type: 'string',
      value: 'BYTES',
      standard: defaults.snapLengthBytes.shown,
      description: 'Bytes to keep of each packet',
    },
    {
      name: 'write',
      alias: 'w',
      type: 'string',
      value: 'FILE',
      description: 'Keep the capture in FILE; - writes it to stdout, for wireshark -k -i -',
    },
    {
      name: 'bundle',
      type: 'boolean',
      description: 'Pack capture, facts and report into one file for a ticket',
    },
    { name: 'full', type: 'boolean', description: 'With --bundle: keep whole packets' },
    ...rungFlags,
    dryRunFlag,
    ...outputFlags,
    ...connectionFlags,
  ],
  examples: [
    'kubectl netdebug trace pod/checkout -n shop',
    "kubectl netdebug trace pod/checkout -n shop --duration 2m --filter 'port 53' --bundle",
    'kubectl netdebug trace pod/checkout -w - | wireshark -k -i -',
  ],
  // Late: the Kubernetes client and the analysis are not needed for help and completion.
  load: async () => (await import('./run-trace.ts')).runTrace,
};
