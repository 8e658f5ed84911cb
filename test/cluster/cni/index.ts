import type { ClusterNode } from '../nodes.ts';
import { bridge } from './bridge.ts';

/** A pod network that the cluster can be brought up with: one file, one row below. */
export interface Cni {
  /** Value of `--cni`. */
  readonly name: string;
  /** Folder with its CNI programs. */
  readonly binFolder: string;
  /** Name of the CNI network; results that were cached under it are removed by `down`. */
  readonly networkName: string;
  /** Called before containerd starts: returns the network configuration list (CNI spec, a conflist). */
  configure(node: ClusterNode): Readonly<Record<string, unknown>>;
  /** Called once when the API server serves, before the first pod: agents, CRDs. */
  start(): Promise<void>;
}

/** Sorted by name. */
export const cnis: readonly Cni[] = [bridge];
