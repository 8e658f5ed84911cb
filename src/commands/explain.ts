import type { Command } from './command.ts';

/** `explain ID`: the page about a finding or a cause. */
export const explain: Command = {
  name: 'explain',
  summary: 'the page about a finding or a cause: what it means, what else it could be, how to fix it',
  operands: '[ID]',
  minOperands: 0,
  maxOperands: 1,
  flags: [],
  examples: ['kubectl netdebug explain tcp-syn-no-answer', 'kubectl netdebug explain'],
  // Late: the pages are files of their own.
  load: async () => (await import('./run-explain.ts')).runExplain,
};
