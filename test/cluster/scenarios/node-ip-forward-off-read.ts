import type { Scenario } from '../scenario.ts';
import { nodeIpForwardOff } from './node-ip-forward-off.ts';

/** The node is looked into: what was likely becomes certain. */
export const nodeIpForwardOffRead: Scenario = {
  ...nodeIpForwardOff,
  name: 'node-ip-forward-off-read',
  title: "the client's node does not forward, and is looked into (--read-node)",
  traceFlags: ['--read-node'],
  check: 'svc/orders:80',
  expect: { ...nodeIpForwardOff.expect, confidenceAtLeast: 'certain' },
};
