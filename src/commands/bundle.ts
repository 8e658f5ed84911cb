import type { Command } from './command.ts';
import { quietFlag, verboseFlag } from './output-flags.ts';

/** `bundle FILE…`: one file for a ticket. */
export const bundle: Command = {
  name: 'bundle',
  summary: 'pack a capture, its report and a summary into one file for a ticket',
  operands: 'FILE...',
  minOperands: 1,
  maxOperands: 32,
  flags: [
    {
      name: 'file',
      alias: 'f',
      type: 'string',
      value: 'FILE',
      standard: 'netdebug-NAME-DATE.tar.gz in this folder',
      description: 'Name of the bundle',
    },
    {
      name: 'full',
      type: 'boolean',
      description: 'Keep whole packets; without it, payload that the analysis does not read is cut off',
    },
    quietFlag,
    verboseFlag,
  ],
  examples: ['kubectl netdebug bundle capture.pcap'],
  // Late: the archive writer and the analysis are not needed for help and completion.
  load: async () => (await import('./run-bundle.ts')).runBundle,
};
