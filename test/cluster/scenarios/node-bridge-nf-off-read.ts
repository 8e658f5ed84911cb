import type { Scenario } from '../scenario.ts';
import { nodeBridgeNfOff } from './node-bridge-nf-off.ts';

/** The node is looked into: what was likely becomes certain. */
export const nodeBridgeNfOffRead: Scenario = {
  ...nodeBridgeNfOff,
  name: 'node-bridge-nf-off-read',
  title: "bridged packets skip the node's NAT, and the node is looked into (--read-node)",
  traceFlags: ['--read-node'],
  expect: { ...nodeBridgeNfOff.expect, confidenceAtLeast: 'certain' },
};
