import type { Command } from './command.ts';

/** `__complete ARGS… LASTWORD`: the question that kubectl_complete-netdebug passes on. */
export const complete: Command = {
  name: '__complete',
  summary: 'answer a shell that completes a command line',
  operands: 'WORD...',
  minOperands: 0,
  maxOperands: 1000,
  flags: [],
  examples: [],
  hidden: true,
  // Late: only a shell asks for it.
  load: async () => (await import('./run-complete.ts')).runComplete,
};
