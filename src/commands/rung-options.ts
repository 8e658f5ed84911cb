import { chooseImage } from '../capture/debug-image.ts';
import type { PlanOptions } from '../capture/ladder.ts';
import { type Profile, profiles } from '../capture/profile.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { type Given, textOf } from './command.ts';

/** The flags of the rungs with their defaults. */
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
