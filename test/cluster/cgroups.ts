import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterNode } from './nodes.ts';

const root = '/sys/fs/cgroup';

/** Makes the cgroups below which a node's kubelet puts its pods: one in each v1 hierarchy, or one in v2. */
export function makeNodeCgroups(node: ClusterNode): void {
  if (isUnified()) enableControllers();
  for (const hierarchy of hierarchies()) {
    const folder = join(hierarchy, node.mark);
    mkdirSync(folder, { recursive: true });
    copyCpuset(hierarchy, folder);
  }
}

/** The node's cgroup folders that exist, each before those below it. */
export function nodeCgroupFolders(node: ClusterNode): string[] {
  return hierarchies()
    .map((hierarchy) => join(hierarchy, node.mark))
    .filter((folder) => existsSync(folder))
    .flatMap(withSubfolders);
}

/** Every process in the node's cgroups: what runs in its pods. */
export function nodeCgroupPids(node: ClusterNode): number[] {
  const pids = nodeCgroupFolders(node).flatMap((folder) =>
    readFileSync(join(folder, 'cgroup.procs'), 'utf8').trim().split('\n').filter(Boolean).map(Number),
  );
  return [...new Set(pids)];
}

/** Removes the node's cgroups; they must be empty. */
export function removeNodeCgroups(node: ClusterNode): void {
  for (const folder of nodeCgroupFolders(node).toReversed()) rmdirSync(folder);
}

/** With v2 the root has a file cgroup.controllers; with v1 there is a folder for each hierarchy. */
function isUnified(): boolean {
  return existsSync(join(root, 'cgroup.controllers'));
}

function hierarchies(): string[] {
  if (isUnified()) return [root];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory()) // links such as cpu → cpu,cpuacct name a hierarchy twice
    .map((entry) => join(root, entry.name));
}

function enableControllers(): void {
  const offered = readFileSync(join(root, 'cgroup.controllers'), 'utf8').trim().split(' ');
  writeFileSync(join(root, 'cgroup.subtree_control'), offered.map((name) => `+${name}`).join(' '));
}

/** A v1 cpuset takes no process before it has processors and memory nodes. */
function copyCpuset(hierarchy: string, folder: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (isUnified() || !existsSync(join(folder, file))) continue;
    writeFileSync(join(folder, file), readFileSync(join(hierarchy, file), 'utf8'));
  }
}

function withSubfolders(folder: string): string[] {
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [folder, ...below.flatMap((entry) => withSubfolders(join(folder, entry.name)))];
}
