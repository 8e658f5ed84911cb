import { readdirSync, readFileSync, readlinkSync, type Dirent } from 'node:fs';
import { run } from './command.ts';
import { otherInstances } from './instance.ts';
import { cacheFolder, runFolder, stateFolder } from './paths.ts';

/** What of the machine a cluster could change. Two snapshots are equal if nothing was left behind. */
export interface MachineSnapshot {
  /** Processes of the cluster: by program path, argument or working folder. */
  readonly processes: readonly string[];
  /** Network namespaces of all processes, and those that are only mounted. */
  readonly networkNamespaces: readonly string[];
  readonly mountPoints: readonly string[];
  /** Of the root namespace. */
  readonly interfaces: readonly string[];
  readonly routes: readonly string[];
  readonly firewallRules: readonly string[];
  readonly cgroups: readonly string[];
  readonly runFiles: readonly string[];
  /** Folders with fixed paths that kubelet, containerd and the CNI library write to. */
  readonly libraryFiles: readonly string[];
}

/** In the names of what is not ours: of util-linux, which keeps an empty folder, and of other instances. */
const foreignMarks: readonly string[] = [
  '/run/mount',
  ...otherInstances.flatMap(({ runFolder: folder, folderPrefix, markPrefix }) => [
    folder,
    `${cacheFolder}/${folderPrefix}state/`,
    `/${markPrefix}`,
  ]),
];

/** Reads the machine's present state. */
export async function takeSnapshot(): Promise<MachineSnapshot> {
  return {
    processes: clusterProcesses(),
    networkNamespaces: lines(await run(['lsns', '--noheadings', '--type', 'net', '--output', 'NS'])),
    mountPoints: lines(readFileSync('/proc/self/mountinfo', 'utf8'))
      .map((line) => line.split(' ')[4] ?? '')
      .filter(isOurs),
    interfaces: readdirSync('/sys/class/net').toSorted(),
    routes: lines(await run(['ip', 'route', 'show', 'table', 'all'])),
    firewallRules: lines(await run(['nft', 'list', 'ruleset'])),
    cgroups: entriesBelow('/sys/fs/cgroup', (entry) => entry.isDirectory()),
    runFiles: entriesBelow('/run'),
    libraryFiles: ['/var/lib/cni', '/var/lib/kubelet', '/var/log/containers', '/var/log/pods'].flatMap(
      (folder) => entriesBelow(folder),
    ),
  };
}

function isOurs(path: string): boolean {
  return !foreignMarks.some((mark) => path.includes(mark));
}

function clusterProcesses(): string[] {
  const marks = [`${runFolder}/`, `${stateFolder}/`];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .map(
      (pid) =>
        `${pid} ${textOf(`/proc/${pid}/cmdline`)} ${linkOf(`/proc/${pid}/exe`)} ${linkOf(`/proc/${pid}/cwd`)}`,
    )
    .filter((line) => marks.some((mark) => line.includes(mark)));
}

/** Paths below a folder that are ours, sorted; what goes while it is read is left out, as is a folder that is not there. */
function entriesBelow(folder: string, counts: (entry: Dirent) => boolean = () => true): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .map((entry) => ({ entry, path: `${folder}/${entry.name}` }))
    .filter(({ entry, path }) => isOurs(path) && counts(entry))
    .flatMap(({ entry, path }) => [path, ...(entry.isDirectory() ? entriesBelow(path, counts) : [])])
    .toSorted();
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .toSorted();
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it ended in between
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // a kernel thread, or it ended in between
  }
}
