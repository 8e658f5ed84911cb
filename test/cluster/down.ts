import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { nodeCgroupPids, nodeCgroupFolders, removeNodeCgroups } from './cgroups.ts';
import { cnis } from './cni/index.ts';
import { run, tryRun } from './command.ts';
import { bridgeName, containerdSocket, containerdStateFolder, netnsPath, nodes, type ClusterNode } from './nodes.ts';
import { netnsFolder, runFolder, stateFolder } from './paths.ts';
import { endProcess, recordedProcesses, startTicksOf } from './processes.ts';
import { waitFor } from './wait.ts';

/**
 * Takes the cluster down, or removes what a cut run left of it: only what carries our marks (pid
 * files, cgroups, our folders in a mount's path, our interface names). Safe to call when there is
 * nothing.
 */
export async function takeDown(): Promise<void> {
  // Kubelets first, or they restart what is ended below. The API server waits for its clients for
  // 20 s and more when asked to end; its data is thrown away, so it is not asked.
  const byAge = recordedProcesses().toSorted((a, b) => rank(a.name) - rank(b.name));
  for (const record of byAge.filter(({ name }) => !name.endsWith('-containerd'))) {
    await endProcess(record, 'SIGKILL');
  }
  for (const node of nodes) await endPods(node);
  for (const record of recordedProcesses()) await endProcess(record, 'SIGTERM');
  for (const node of nodes) await endNamespaceProcesses(node);
  await unmountAll();
  for (const name of [...nodes.map((node) => node.mark), bridgeName]) await removeInterface(name);
  for (const node of nodes) removeShimSockets(node);
  rmSync(runFolder, { recursive: true, force: true });
  rmSync(stateFolder, { recursive: true, force: true });
  removeForeignTraces();
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
  const running = shims.map((pid) => ({ pid, startTicks: startTicksOf(pid) })).filter((shim) => shim.startTicks !== '');
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

/** The shims' sockets lie outside containerd's state folder and outlive a killed shim. */
function removeShimSockets(node: ClusterNode): void {
  for (const bundle of bundleFolders(node)) {
    const address = readOr(join(bundle, 'address'), '');
    if (address.startsWith('unix:///run/containerd/s/')) rmSync(address.slice('unix://'.length), { force: true });
  }
}

function bundleFolders(node: ClusterNode): string[] {
  const folder = join(containerdStateFolder(node), 'io.containerd.runtime.v2.task/k8s.io');
  return existsSync(folder) ? readdirSync(folder).map((id) => join(folder, id)) : [];
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
  await waitFor(`${what} to end`, async () => {
    const alive = pids().filter((pid) => startTicksOf(pid) !== '');
    for (const pid of alive) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    return alive.length === 0;
  }, 20_000, 20);
}

/** Mounts below our folders: container roots, volumes, namespaces; the innermost first. */
async function unmountAll(): Promise<void> {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${runFolder}/`) || path.startsWith(`${stateFolder}/`));
  for (const path of points.toReversed()) await run(['umount', '--lazy', path]);
}

/** A pair of interfaces goes away a moment after its namespace; what is gone already is what was wanted. */
async function removeInterface(name: string): Promise<void> {
  if (!existsSync(`/sys/class/net/${name}`)) return;
  await tryRun(['ip', 'link', 'delete', name]);
  await waitFor(`${name} to go`, async () => !existsSync(`/sys/class/net/${name}`));
}

/** Cached CNI results and log links that point into our folders. */
function removeForeignTraces(): void {
  const results = '/var/lib/cni/results';
  for (const file of existsSync(results) ? readdirSync(results) : []) {
    if (cnis.some((cni) => file.startsWith(`${cni.networkName}-`))) rmSync(join(results, file), { force: true });
  }
  const links = '/var/log/containers';
  for (const file of existsSync(links) ? readdirSync(links) : []) {
    if (linkOr(join(links, file)).startsWith(`${stateFolder}/`)) rmSync(join(links, file), { force: true });
  }
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
