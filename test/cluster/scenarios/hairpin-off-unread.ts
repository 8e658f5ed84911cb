import type { Scenario } from '../scenario.ts';
import { hairpinOff } from './hairpin-off.ts';

const { traceFlags: _flags, ...unread } = hairpinOff;

/** Without a look into the node: the pod is the only endpoint, which leaves little else. */
export const hairpinOffUnread: Scenario = {
  ...unread,
  name: 'hairpin-off-unread',
  title:
    "a pod dials its own Service, and its node's bridge has no hairpin mode; the node is not looked into",
  expect: { ...hairpinOff.expect, confidenceAtLeast: 'likely', confidenceAtMost: 'likely' },
};
