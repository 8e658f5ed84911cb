import { profiles } from '../capture/profile.ts';
import type { Flag } from './command.ts';

/** Flags of every command that gets into a place: how, and with what. */
export const rungFlags: readonly Flag[] = [
  {
    name: 'image',
    type: 'string',
    value: 'IMAGE',
    standard: 'NETDEBUG_IMAGE, else netshoot',
    description: 'Image of the debug container, with sh and tcpdump',
  },
  {
    name: 'image-pull-policy',
    type: 'string',
    choices: ['IfNotPresent', 'Always', 'Never'],
    standard: 'IfNotPresent',
    description: 'Whether the node pulls that image',
  },
  {
    name: 'profile',
    type: 'string',
    choices: profiles,
    standard: 'auto',
    description: 'Way in: debug container (net-raw, baseline; auto: either) or pod on the node',
  },
  {
    name: 'debug-namespace',
    type: 'string',
    value: 'NAMESPACE',
    standard: "the pod's, else netdebug",
    description: 'Namespace for a pod on the node',
  },
];

/** `--dry-run`, as kubectl has it. */
export const dryRunFlag: Flag = {
  name: 'dry-run',
  type: 'string',
  choices: ['client', 'server', 'none'],
  bare: 'server',
  description: 'Stop before anything is changed; -o yaml|json prints what would be sent',
};
