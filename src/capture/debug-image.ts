import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { UserError } from '../errors.ts';
import { defaults } from './defaults.ts';

/** Reference of an image: host, path, tag, digest. Deliberately loose, but free of spaces and control characters. */
const imageReference = /^[A-Za-z0-9][A-Za-z0-9._:/-]*(@sha256:[0-9a-f]{64})?$/;

/**
 * The image of the debug container: `--image`, else NETDEBUG_IMAGE, else `image:` in the config file
 * ($XDG_CONFIG_HOME or ~/.config, kubectl-netdebug/config.yaml), else the default. Throws {@link UserError}.
 */
export function chooseImage(
  flag: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (flag !== undefined && flag !== '') return checked(flag, '--image');
  const fromEnvironment = environment['NETDEBUG_IMAGE'] ?? '';
  if (fromEnvironment !== '') return checked(fromEnvironment, 'NETDEBUG_IMAGE');
  const file = configFile(environment);
  const fromFile = readImage(file);
  return fromFile === '' ? defaults.image.value : checked(fromFile, file);
}

function configFile(environment: Readonly<Record<string, string | undefined>>): string {
  const folder =
    environment['XDG_CONFIG_HOME'] ||
    path.join(environment['HOME'] || environment['USERPROFILE'] || '', '.config');
  return path.join(folder, 'kubectl-netdebug', 'config.yaml');
}

function readImage(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw unusable(file, error);
  }
  try {
    const config = parse(text) as unknown;
    if (config === null || typeof config !== 'object' || !('image' in config)) return '';
    if (typeof config.image !== 'string') throw new Error('"image" must be a string');
    return config.image;
  } catch (error) {
    throw unusable(file, error);
  }
}

function checked(image: string, source: string): string {
  if (imageReference.test(image) && image.length <= 512) return image;
  throw new UserError(
    `"${image}" is not an image`,
    `it was given by ${source}`,
    `Write it as in a pod, such as ${defaults.image.value}.`,
  );
}

function unusable(file: string, cause: unknown): UserError {
  return new UserError(
    `Cannot read the config file ${file}`,
    cause instanceof Error ? cause.message : String(cause),
    'It may hold one line: "image: REGISTRY/IMAGE:TAG".',
    { cause },
  );
}
