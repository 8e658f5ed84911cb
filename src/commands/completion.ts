import type { Command } from './command.ts';

/** `completion`: how kubectl learns to complete this plugin. */
export const completion: Command = {
  name: 'completion',
  summary: 'print or install the file by which kubectl completes this plugin',
  operands: '',
  minOperands: 0,
  maxOperands: 0,
  flags: [{ name: 'install', type: 'boolean', description: 'Write it beside kubectl-netdebug on the PATH' }],
  examples: ['kubectl netdebug completion --install'],
  // Late, as every command: help must not load it.
  load: async () => (await import('./run-completion.ts')).runCompletion,
};
