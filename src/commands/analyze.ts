import type { Command } from './command.ts';
import { outputFlags } from './output-flags.ts';

/** `analyze FILE…`: the analysis of captures and bundles that exist already. Needs no cluster. */
export const analyze: Command = {
  name: 'analyze',
  summary: 'the same analysis offline: pcap, pcapng (also .gz, .zst), - for stdin, or a ticket bundle',
  operands: 'FILE...',
  minOperands: 1,
  maxOperands: 64,
  flags: [
    {
      name: 'frames',
      type: 'string',
      value: 'FINDING',
      description: 'Instead of the report, list the packets that prove this finding',
    },
    {
      name: 'select',
      type: 'list',
      value: 'KEY=VALUE,...',
      description: 'List packets instead: host=, name=, port=, protocol=, finding=, conversation=, frame=',
    },
    {
      name: 'write',
      alias: 'w',
      type: 'string',
      value: 'FILE',
      description: 'Write the packets of --select to a new file; without it, several captures as one pcapng',
    },
    ...outputFlags,
  ],
  examples: [
    'kubectl netdebug analyze capture.pcap',
    'kubectl netdebug analyze netdebug-shop-checkout-20261121-1004.tar.gz -o json',
    'kubectl netdebug analyze client.pcap server.pcap -w merged.pcapng',
    'kubectl netdebug analyze capture.pcap --frames tcp-refused',
    'kubectl netdebug analyze capture.pcap --select host=10.0.0.1,port=443',
    'kubectl netdebug analyze capture.pcap --select finding=tcp-refused -w refused.pcap',
    'tcpdump -r old.pcap -w - port 53 | kubectl netdebug analyze -',
    'tail -c +1 -f growing.pcap | kubectl netdebug analyze -',
  ],
  // Late: the reader, the dissectors and the renderers are not needed for help and completion.
  load: async () => (await import('./run-analyze.ts')).runAnalyze,
};
