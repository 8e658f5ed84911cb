import type { Command } from './command.ts';

/** `version`: of this program and of what it runs on. */
export const version: Command = {
  name: 'version',
  summary: 'versions of this program, of its Node and of the schemas it writes',
  operands: '',
  minOperands: 0,
  maxOperands: 0,
  flags: [
    {
      name: 'output',
      alias: 'o',
      type: 'string',
      choices: ['text', 'json'],
      standard: 'text',
      description: 'Form of the answer',
    },
  ],
  examples: ['kubectl netdebug version'],
  // Late, as every command: help must not load it.
  load: async () => (await import('./run-version.ts')).runVersion,
};
