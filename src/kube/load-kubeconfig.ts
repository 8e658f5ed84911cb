import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { emptyKubeconfig } from './kubeconfig.ts';
import { parseKubeconfig } from './kubeconfig-file.ts';
import type { ClusterEntry, Kubeconfig, UserEntry } from './kubeconfig.ts';

/** The environment variables that a connection depends on (`process.env`). */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Loads and merges kubeconfig files by the rules of client-go's ClientConfigLoadingRules: one file
 * with `--kubeconfig`; else the list in KUBECONFIG; else ~/.kube/config. Missing files are skipped
 * unless named by the flag. The first file that names a cluster, user or context defines all of it,
 * and the first current-context wins. Relative paths count from the file that they stand in.
 */
export function loadKubeconfig(explicitPath: string, environment: Environment): Kubeconfig {
  const merged = emptyKubeconfig();
  for (const file of kubeconfigFiles(explicitPath, environment)) {
    const loaded = loadFile(file, file === explicitPath);
    if (loaded === undefined) continue;
    addMissing(merged.clusters, loaded.clusters);
    addMissing(merged.users, loaded.users);
    addMissing(merged.contexts, loaded.contexts);
    if (merged.currentContext === '') merged.currentContext = loaded.currentContext;
  }
  return merged;
}

/** The files that are read, in order of precedence; they need not exist. */
export function kubeconfigFiles(explicitPath: string, environment: Environment): string[] {
  if (explicitPath !== '') return [explicitPath];
  const list = environment['KUBECONFIG'] ?? '';
  if (list === '') return [path.join(homeFolder(environment), '.kube', 'config')];
  return [...new Set(list.split(path.delimiter))].filter((file) => file !== '');
}

function loadFile(file: string, mustExist: boolean): Kubeconfig | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !mustExist) return undefined;
    throw unreadable(file, error);
  }
  try {
    const config = parseKubeconfig(text);
    const folder = path.resolve(path.dirname(file));
    for (const cluster of config.clusters.values()) resolveClusterPaths(cluster, folder);
    for (const user of config.users.values()) resolveUserPaths(user, folder);
    return config;
  } catch (error) {
    throw unreadable(file, error);
  }
}

function resolveClusterPaths(cluster: ClusterEntry, folder: string): void {
  cluster.certificateAuthority = absolute(cluster.certificateAuthority, folder);
}

function resolveUserPaths(user: UserEntry, folder: string): void {
  user.clientCertificate = absolute(user.clientCertificate, folder);
  user.clientKey = absolute(user.clientKey, folder);
  user.tokenFile = absolute(user.tokenFile, folder);
  // A command without a separator is looked up on the PATH.
  if (user.exec?.command.includes(path.sep) === true) user.exec.command = absolute(user.exec.command, folder);
}

function absolute(file: string, folder: string): string {
  return file === '' || path.isAbsolute(file) ? file : path.join(folder, file);
}

function addMissing<T>(into: Map<string, T>, from: ReadonlyMap<string, T>): void {
  for (const [name, value] of from) if (!into.has(name)) into.set(name, value);
}

function unreadable(file: string, error: unknown): UserError {
  const why = error instanceof Error ? error.message : String(error);
  return new UserError(
    `Cannot load the kubeconfig ${file}`,
    why,
    'Check the file with: kubectl config view --kubeconfig=FILE; or name another one with --kubeconfig or KUBECONFIG.',
    { cause: error },
  );
}

/** The home folder as kubectl finds it; on Windows the first that holds a `.kube\config`. */
function homeFolder(environment: Environment): string {
  const home = environment['HOME'] ?? '';
  if (process.platform !== 'win32') return home;
  const drive = `${environment['HOMEDRIVE'] ?? ''}${environment['HOMEPATH'] ?? ''}`;
  const profile = environment['USERPROFILE'] ?? '';
  const withConfig = [home, drive, profile].find(
    (folder) => folder !== '' && exists(path.join(folder, '.kube', 'config')),
  );
  return withConfig ?? [home, profile, drive].find((folder) => folder !== '' && exists(folder)) ?? '';
}

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}
