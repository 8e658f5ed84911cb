import { defaults } from '../capture/defaults.ts';
import { connectionFlags } from '../kube/connection-flags.ts';
import type { Command } from './command.ts';
import { outputFlags } from './output-flags.ts';

/** `capture start|list|stop|pull`: recorders, captures that go on without their client. */
export const capture: Command = {
  name: 'capture',
  summary: 'a recorder for faults that come once a night: it stays in the pod, pull fetches what it kept',
  operands: 'start|list|stop|pull [TARGET...]',
  minOperands: 1,
  maxOperands: 64,
  flags: [
    {
      name: 'ring',
      type: 'string',
      value: 'SIZE',
      standard: 'what fits into the memory of the container, 200 MB at most',
      description: 'start: how much is kept',
    },
    {
      name: 'ttl',
      type: 'string',
      value: 'TIME',
      standard: '24h',
      description: 'start: when the recorder ends by itself',
    },
    {
      name: 'until',
      type: 'string',
      value: 'FINDING',
      description:
        'start: end when the first packet of such a finding is seen, so that it is not overwritten',
    },
    {
      name: 'before',
      type: 'string',
      value: 'TIME',
      standard: '30s',
      description: 'start: with --until, what pull keeps of the time before it',
    },
    {
      name: 'after',
      type: 'string',
      value: 'TIME',
      standard: '30s',
      description: 'start: with --until, how long to go on after it',
    },
    {
      name: 'name',
      type: 'string',
      value: 'NAME',
      standard: 'recorder',
      description: 'Which recorder; a pod may have several of different names',
    },
    {
      name: 'filter',
      type: 'string',
      value: 'EXPRESSION',
      description: "start: what to capture, in tcpdump's words: 'tcp port 443'",
    },
    {
      name: 'interface',
      alias: 'i',
      type: 'string',
      value: 'NAME',
      standard: 'eth0, else any',
      description: 'start: interface in the pod',
    },
    {
      name: 'snaplen',
      type: 'string',
      value: 'BYTES',
      standard: defaults.snapLengthBytes.shown,
      description: 'start: bytes to keep of each packet',
    },
    {
      name: 'image',
      type: 'string',
      value: 'IMAGE',
      standard: 'NETDEBUG_IMAGE, else netshoot',
      description: 'start: debug image (needs sh, tar, sha256sum)',
    },
    {
      name: 'dry-run',
      type: 'boolean',
      description: 'start: check everything, say what would be added to the pod, and stop',
    },
    { name: 'all-namespaces', alias: 'A', type: 'boolean', description: 'list: in all namespaces' },
    {
      name: 'stop',
      type: 'boolean',
      description: 'pull: end the recorder first, and remove it once everything has arrived',
    },
    {
      name: 'discard',
      type: 'boolean',
      description: 'stop: throw away what was recorded, and free its memory',
    },
    {
      name: 'write',
      alias: 'w',
      type: 'string',
      value: 'FILE',
      description: 'pull: keep the capture in FILE; - writes it to stdout',
    },
    {
      name: 'bundle',
      type: 'boolean',
      description: 'pull: pack capture, facts and report into one file for a ticket',
    },
    { name: 'full', type: 'boolean', description: 'pull: with --bundle, keep whole packets' },
    ...outputFlags,
    ...connectionFlags,
  ],
  examples: [
    'kubectl netdebug capture start deploy/checkout -n shop --until tcp-syn-no-answer',
    'kubectl netdebug capture list -A',
    'kubectl netdebug capture pull pod/checkout -n shop --stop --bundle',
  ],
  // Late: the connection to the cluster and the analysis are needed only now.
  load: async () => (await import('./run-capture.ts')).runCapture,
};
