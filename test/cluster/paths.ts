import { homedir } from 'node:os';
import { join } from 'node:path';
import { instance } from './instance.ts';

/**
 * Where the test cluster keeps its things. The cache folder (binaries, images, logs, the running
 * nodes' container files) lies outside the repository; the run folder holds what exists only while
 * the cluster runs: sockets, pid files, namespaces, keys, the kubeconfig. `down` removes the run
 * folder and the state folder, never the binaries and images.
 */
const cacheHome = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');

/** Everything that may be kept between runs. */
export const cacheFolder: string = join(cacheHome, 'kubectl-netdebug', 'cluster');
/** Binaries built from Go modules, kubectl among them. */
export const binFolder: string = join(cacheFolder, 'bin');
/** Generated go.mod files and, while a build runs, its output. */
export const buildFolder: string = join(cacheFolder, 'build');
/** Image archives. */
export const imageFolder: string = join(cacheFolder, 'images');
/** One log file per process; kept by `down`, so that a failure can be read afterwards. */
export const logFolder: string = join(cacheFolder, `${instance.folderPrefix}log`);
/** Container roots and kubelet folders of the running nodes; removed by `down`. */
export const stateFolder: string = join(cacheFolder, `${instance.folderPrefix}state`);
/** What exists only while the cluster runs; removed by `down`. */
export const runFolder: string = instance.runFolder;
/** One bind-mounted network namespace per node. */
export const netnsFolder: string = join(runFolder, 'netns');
/** Certificates and keys, mode 0700. */
export const pkiFolder: string = join(runFolder, 'pki');
/** The administrator's kubeconfig, mode 0600. */
export const adminKubeconfig: string = join(runFolder, 'admin.kubeconfig');
/** Written last by `up`: the cluster is complete. Holds the CNI's name. */
export const readyFile: string = join(runFolder, 'ready');
/** The kubectl of the cluster's own version. */
export const kubectlPath: string = join(binFolder, 'kubectl');
