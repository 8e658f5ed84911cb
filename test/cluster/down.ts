import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { nodeCgroupPids, nodeCgroupFolders, removeNodeCgroups } from './cgroups.ts';
import { otherInstances } from './instance.ts';
import { tryRun } from './command.ts';
import {
  bridgeName,
  containerdSocket,
  containerdStateFolder,
  netnsPath,
  nodes,
  type ClusterNode,
} from './nodes.ts';
import { netnsFolder, runFolder, stateFolder } from './paths.ts';
import { endProcess, recordedProcesses, startTicksOf } from './processes.ts';
import { waitFor } from './wait.ts';

const cniResults = '/var/lib/cni/results';
const containerLogs = '/var/log/containers';
/** A fixed path in kubelet, whatever its root folder. */
const devicePluginSocket = '/var/lib/kubelet/device-plugins/kubelet.sock';
/** Folders with fixed paths that containerd, kubelet and the CNI library make, the innermost first. */
const sharedFolders = [
  '/run/cilium',
  '/run/containerd/s',
  '/run/containerd',
  cniResults,
  '/var/lib/cni',
  containerLogs,
  '/var/lib/kubelet/device-plugins',
  '/var/lib/kubelet',
];

/**
 * Takes the cluster down, or removes what a cut run left of it: only what carries our marks (pid
 * files, cgroups, our folders in a mount's path, our interface names). Safe to call when there is
 * nothing.
 */
export async function takeDown(): Promise<void> {
  // Kubelets first, or they restart what is ended below. The API server waits for its clients for
  // 20 s and more when asked to end; its data is thrown away, so it is not asked.
  const records = recordedProcesses().toSorted((a, b) => rank(a.name) - rank(b.name));
  for (const record of records.filter(({ name }) => !name.endsWith('-containerd'))) {
    await endProcess(record, 'SIGKILL');
  }
  for (const node of nodes) await endPods(node);
  for (const record of recordedProcesses()) await endProcess(record, 'SIGTERM');
  for (const node of nodes) await endNamespaceProcesses(node);
  await unmountAll();
  for (const name of [...nodes.map((node) => node.mark), bridgeName]) await removeInterface(name);
  for (const node of nodes) removeOutsideFiles(node);
  rmSync(runFolder, { recursive: true, force: true });
  rmSync(stateFolder, { recursive: true, force: true });
  removeForeignTraces(records.some(({ name }) => name.endsWith('-kubelet')));
  for (const node of nodes) {
    await waitFor(`the cgroups of ${node.name} to be empty`, async () => {
      removeNodeCgroups(node);
      return nodeCgroupFolders(node).length === 0;
    });
  }
}

function rank(name: string): number {
  return name.endsWith('-kubelet') ? 0 : 1;
}

/** Ends what runs in the node's pods, then the shims that looked after it. */
async function endPods(node: ClusterNode): Promise<void> {
  const shims = shimPids(node);
  await endAll(`the pods of ${node.name}`, () => nodeCgroupPids(node));
  const running = shims
    .map((pid) => ({ pid, startTicks: startTicksOf(pid) }))
    .filter((shim) => shim.startTicks !== '');
  await endAll(`the container shims of ${node.name}`, () =>
    running.filter(({ pid, startTicks }) => startTicksOf(pid) === startTicks).map(({ pid }) => pid),
  );
}

/** containerd records each shim's pid in its bundle; the command line proves that it is still that shim. */
function shimPids(node: ClusterNode): number[] {
  return bundleFolders(node)
    .map((bundle) => Number(readOr(join(bundle, 'shim.pid'), '0')))
    .filter((pid) => pid > 1 && readOr(`/proc/${pid}/cmdline`, '').includes(containerdSocket(node)));
}

/**
 * What containerd and its plugins wrote outside our folders: the shims' sockets, which outlive a
 * killed shim, and the CNI results that are cached by container id.
 */
function removeOutsideFiles(node: ClusterNode): void {
  for (const bundle of bundleFolders(node)) {
    const address = readOr(join(bundle, 'address'), '');
    if (address.startsWith('unix:///run/containerd/s/'))
      rmSync(address.slice('unix://'.length), { force: true });
    for (const file of listOr(cniResults)) {
      if (file.includes(basename(bundle))) rmSync(join(cniResults, file), { force: true });
    }
  }
}

function bundleFolders(node: ClusterNode): string[] {
  const folder = join(containerdStateFolder(node), 'io.containerd.runtime.v2.task/k8s.io');
  return listOr(folder).map((id) => join(folder, id));
}

/** Whatever else still runs in the node's own network namespace, such as a command of a test. */
async function endNamespaceProcesses(node: ClusterNode): Promise<void> {
  const path = netnsPath(node);
  if (!existsSync(path)) return;
  const mounted = statSync(path);
  if (mounted.dev === statSync(netnsFolder).dev) return; // only the mount point is left
  const name = `net:[${mounted.ino}]`;
  await endAll(`the processes in ${node.mark}`, () =>
    readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry) && linkOr(`/proc/${entry}/ns/net`) === name)
      .map(Number),
  );
}

async function endAll(what: string, pids: () => number[]): Promise<void> {
  await waitFor(
    `${what} to end`,
    async () => {
      const alive = pids().filter((pid) => startTicksOf(pid) !== '');
      for (const pid of alive) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
        }
      }
      return alive.length === 0;
    },
    20_000,
    20,
  );
}

/** Mounts below our folders: container roots, volumes, namespaces; the innermost first. */
async function unmountAll(): Promise<void> {
  await waitFor('our mounts to go', async () => {
    for (const path of mountPoints().toReversed()) await tryRun(['umount', '--lazy', path]);
    return mountPoints().length === 0;
  });
}

function mountPoints(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${runFolder}/`) || path.startsWith(`${stateFolder}/`));
}

/** A pair of interfaces goes away a moment after its namespace; what is gone already is what was wanted. */
async function removeInterface(name: string): Promise<void> {
  if (!existsSync(`/sys/class/net/${name}`)) return;
  await tryRun(['ip', 'link', 'delete', name]);
  await waitFor(`${name} to go`, async () => !existsSync(`/sys/class/net/${name}`));
}

/** What can be told to be ours by its name or by where it points, and folders that are empty now. */
function removeForeignTraces(hadKubelet: boolean): void {
  for (const file of listOr(cniResults)) {
    // Each names its pod's network namespace, which is below our folder.
    const path = join(cniResults, file);
    if (readOr(path, '').includes(`${runFolder}/`)) rmSync(path, { force: true });
  }
  for (const file of listOr(containerLogs)) {
    if (linkOr(join(containerLogs, file)).startsWith(`${stateFolder}/`)) {
      rmSync(join(containerLogs, file), { force: true });
    }
  }
  const isShared = otherInstances.some((other) => existsSync(other.runFolder));
  if (hadKubelet && !isShared) rmSync(devicePluginSocket, { force: true });
  for (const folder of sharedFolders) {
    if (existsSync(folder) && listOr(folder).length === 0) rmdirSync(folder);
  }
}

function listOr(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return otherwise; // gone in between
  }
}

function linkOr(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // gone in between, or not ours to read
  }
}
