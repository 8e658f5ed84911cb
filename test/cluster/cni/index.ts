import { instance } from '../instance.ts';
import type { Instance } from '../instances.ts';
import type { ClusterNode } from '../nodes.ts';
import { bridge } from './bridge.ts';
import { cilium } from './cilium.ts';

/** A pod network that the cluster can be brought up with: one file, one row below, one instance in `instances.ts`. */
export interface Cni {
  /** Value of `--cni`. */
  readonly name: Instance['cni'];
  /** Debian packages that it needs beyond those of every cluster. */
  readonly packages: readonly string[];
  /** Folder with its CNI programs. */
  readonly binFolder: string;
  /** Builds what it needs beyond Kubernetes; what was built before is kept. */
  build(): Promise<void>;
  /** Called before containerd starts: returns the network configuration list (CNI spec, a conflist). */
  configure(node: ClusterNode): Readonly<Record<string, unknown>>;
  /** Environment of containerd, which its CNI programs inherit. */
  environment(node: ClusterNode): Readonly<Record<string, string>>;
  /** Called once when kubelets and kube-proxies were started, before the first pod: agents, CRDs. */
  start(): Promise<void>;
}

const cnis: Readonly<Record<Instance['cni'], Cni>> = { bridge, cilium };

/** The pod network of the instance that this process works on. */
export const podNetwork: Cni = cnis[instance.cni];
