import type { Scenario } from '../scenario.ts';
import { mtuTooLarge } from './mtu-too-large.ts';

const { traceFlags: _flags, ...unread } = mtuTooLarge;

/** Without a look into the nodes: that the way is too narrow is seen, where it is so is not. */
export const mtuTooLargeUnread: Scenario = {
  ...unread,
  name: 'mtu-too-large-unread',
  title:
    "a node's link is smaller than the pods' MTU, and no ICMP error says so; the nodes are not looked into",
  // Here the server's pod asks: large requests get lost.
  check: 'svc/payments:80',
  checkFrom: 'pod/orders',
  checkAfter: 'svc/payments:80',
  expect: { ...mtuTooLarge.expect, confidenceAtLeast: 'likely', confidenceAtMost: 'likely' },
};
