import type { Command } from './command.ts';
import { outputFlags } from './output-flags.ts';

/** `demo [SCENARIO]`: the program at work without a cluster. */
export const demo: Command = {
  name: 'demo',
  summary: 'no cluster needed: recorded incidents, replayed through the same code as trace',
  operands: '[SCENARIO]',
  minOperands: 0,
  maxOperands: 1,
  flags: outputFlags,
  examples: ['kubectl netdebug demo', 'kubectl netdebug demo coredns-down -o wide'],
  // Late: the embedded API server is needed by this command alone.
  load: async () => (await import('./run-demo.ts')).runDemo,
};
