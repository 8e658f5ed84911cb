import type { Command } from './command.ts';
import { outputFlags } from './output-flags.ts';

/** `analyze FILE…`: the analysis of captures and bundles that exist already. Needs no cluster. */
export const analyze: Command = {
  name: 'analyze',
  summary: 'the same analysis offline: pcap, pcapng (also .gz, .zst), - for stdin, or a ticket bundle',
  operands: 'FILE...',
  minOperands: 1,
  maxOperands: 64,
  flags: outputFlags,
  examples: [
    'kubectl netdebug analyze capture.pcap',
    'kubectl netdebug analyze netdebug-shop-checkout-20261121-1004.tar.gz -o json',
    'tcpdump -r old.pcap -w - port 53 | kubectl netdebug analyze -',
  ],
  // Late: the reader, the dissectors and the renderers are not needed for help and completion.
  load: async () => (await import('./run-analyze.ts')).runAnalyze,
};
