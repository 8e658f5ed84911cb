import { defaults } from '../capture/defaults.ts';
import { connectionFlags } from '../kube/connection-flags.ts';
import type { Command } from './command.ts';
import { outputFlags } from './output-flags.ts';
import { dryRunFlag, rungFlags } from './rung-flags.ts';

/** `trace TYPE/NAME...`: capture in the pods behind it, analyse, explain. */
export const trace: Command = {
  name: 'trace',
  summary: 'capture in pods, analyse live, explain from the cluster, name the cause and the fix',
  operands: 'TYPE/NAME...',
  minOperands: 0,
  maxOperands: 60,
  flags: [
    {
      name: 'selector',
      alias: 'l',
      type: 'string',
      value: 'SELECTOR',
      description: 'Trace the pods with these labels: app=checkout',
    },
    {
      name: 'to',
      type: 'string',
      value: 'PEER',
      description:
        'Only traffic with svc/NAME[:PORT], pod/NAME, host, address or CIDR; its pods are traced too',
    },
    {
      name: 'nodes',
      type: 'boolean',
      description: 'Capture these pods on their nodes too, by a debug pod on each: where a packet got lost',
    },
    {
      name: 'read-node',
      type: 'boolean',
      description: 'Read the nodes behind findings, by a pod on each: sysctls, filters, MTUs',
    },
    {
      name: 'all-namespaces',
      alias: 'A',
      type: 'boolean',
      description: 'Names and selector mean all namespaces',
    },
    {
      name: 'yes',
      alias: 'y',
      type: 'boolean',
      description: `Trace more than ${defaults.maxPods.shown} pods at once`,
    },
    {
      name: 'duration',
      type: 'string',
      value: 'TIME',
      standard: defaults.durationMs.shown,
      description: 'How long to capture, such as 90s, 5m or 1h',
    },
    {
      name: 'until',
      type: 'string',
      value: 'FINDING',
      description: 'End when such a finding comes up, before --duration is over',
    },
    {
      name: 'before',
      type: 'string',
      value: 'TIME',
      standard: '30s',
      description: 'With --until: what is kept of the time before it',
    },
    {
      name: 'after',
      type: 'string',
      value: 'TIME',
      standard: '30s',
      description: 'With --until: how long to go on after it',
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
      type: 'list',
      value: 'NAME',
      standard: "the default route's",
      description: 'Interface in the pod, may be repeated; all: one capture each',
    },
    {
      name: 'mesh',
      type: 'boolean',
      description:
        "Capture on lo too, and pair what a service mesh's proxy takes over with what it passes on",
    },
    {
      name: 'direction',
      type: 'string',
      choices: ['in', 'out', 'both'],
      standard: 'both',
      description: 'Packets that come into the place, leave it, or both',
    },
    {
      name: 'count',
      type: 'string',
      value: 'PACKETS',
      description: 'Stop after so many packets, at each place',
    },
    {
      name: 'max-bytes',
      type: 'string',
      value: 'SIZE',
      standard: defaults.maxBytes.shown,
      description: 'Stop after so many bytes of capture, all places together',
    },
    {
      name: 'max-rate',
      type: 'string',
      value: 'SIZE',
      standard: defaults.bytesPerSecond.shown,
      description: 'Draw no more through the API server in a second, all places together',
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
      description: 'Keep the capture in FILE, several in FOLDER/ or FILE.pcapng; -: to wireshark -k -i -',
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
    'kubectl netdebug trace deploy/checkout --to svc/payments -n shop --bundle',
    "kubectl netdebug trace pod/checkout -n shop --duration 2m --filter 'port 53' --bundle",
    'kubectl netdebug trace pod/checkout -w - | wireshark -k -i -',
  ],
  // Late: the Kubernetes client and the analysis are not needed for help and completion.
  load: async () => (await import('./run-trace.ts')).runTrace,
};
