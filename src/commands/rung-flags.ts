import { chooseImage } from '../capture/debug-image.ts';
import type { PlanOptions } from '../capture/ladder.ts';
import { type Profile, profiles } from '../capture/profile.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { type Flag, type Given, textOf } from './command.ts';

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
    description: 'Way in: debug container (net-raw, baseline; auto: either) or a pod on the node',
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

/** The flags of {@link rungFlags} with their defaults. */
export type RungOptions = Required<
  Pick<PlanOptions, 'image' | 'profile' | 'imagePullPolicy' | 'debugNamespace' | 'dryRun'>
>;

/** RFC 1123 label, the form of namespace names. */
const namespaceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Completes and validates the flags of the rungs. Throws UserError. */
export function rungOptions(given: Given, io: Io): RungOptions {
  const profile = textOf(given, 'profile');
  const dryRun = textOf(given, 'dry-run');
  const debugNamespace = textOf(given, 'debug-namespace');
  if (debugNamespace !== undefined && !namespaceName.test(debugNamespace))
    throw new UserError(
      `--debug-namespace cannot be "${debugNamespace}"`,
      'namespaces are made of a-z, 0-9 and "-"',
      'List them with: kubectl get namespaces',
    );
  return {
    image: chooseImage(textOf(given, 'image'), io.env),
    profile: profiles.find((known): known is Profile => known === profile) ?? 'auto',
    imagePullPolicy: textOf(given, 'image-pull-policy') ?? 'IfNotPresent',
    debugNamespace,
    dryRun: dryRun === 'client' || dryRun === 'server' ? dryRun : undefined,
  };
}
