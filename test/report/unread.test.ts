import { expect, test } from 'vitest';
import { unreadLines } from '../../src/report/unread.ts';

test('the same of two nodes is one limit, another command another one', () => {
  const why = 'the node was not looked into';
  expect(
    unreadLines([
      { what: 'ip_forward of node node1', why, next: 'trace --read-node' },
      { what: 'networkpolicies', why: 'forbidden', next: '' },
      { what: 'ip_forward of node node2', why, next: 'trace --read-node' },
    ]),
  ).toEqual([
    {
      sentence: 'not read: ip_forward of node node1; ip_forward of node node2 (the node was not looked into)',
      command: 'trace --read-node',
    },
    { sentence: 'not read: networkpolicies (forbidden)', command: '' },
  ]);
});
