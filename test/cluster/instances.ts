/**
 * A cluster that can be up on this machine: its names, marks, addresses and ports. They share nothing but the
 * binaries and images, so that several can be up at once. Inside the nodes' network namespaces (pods, Services) the
 * addresses are the same, which lets one scenario run on either.
 */
export interface Instance {
  /** Its pod network (a row of `cni/index.ts`). */
  readonly cni: 'bridge' | 'cilium';
  /** Sockets, pid files, namespaces, keys: what exists only while it runs. */
  readonly runFolder: string;
  /** Before the names of its folders in the cache. */
  readonly folderPrefix: string;
  /** The bridge between the nodes, in the root namespace. */
  readonly bridgeName: string;
  /** Before the number of a node: name of its network namespace, its cgroup folders and its port on the bridge. */
  readonly markPrefix: string;
  /** First three bytes of the /24 between the nodes. */
  readonly network: string;
  /** Loopback ports of the control plane, which runs in the root namespace. */
  readonly ports: Readonly<Record<'etcdClient' | 'etcdPeer' | 'controllerManager' | 'scheduler', number>>;
}

/** The pod networks, each of which is the name of an instance too. */
export const podNetworks: readonly Instance['cni'][] = ['bridge', 'cilium'];

/** One for each pod network, and a spare one with the bridge, on which nodes can be broken while the other is in use. */
export const instances: Readonly<Record<Instance['cni'] | 'spare', Instance>> = {
  bridge: {
    cni: 'bridge',
    runFolder: '/run/kubectl-netdebug-cluster',
    folderPrefix: '',
    bridgeName: 'ndbr0',
    markPrefix: 'ndnode',
    network: '172.30.0',
    ports: { etcdClient: 23790, etcdPeer: 23800, controllerManager: 10257, scheduler: 10259 },
  },
  cilium: {
    cni: 'cilium',
    runFolder: '/run/kubectl-netdebug-cilium',
    folderPrefix: 'cilium-',
    bridgeName: 'ndbr1',
    markPrefix: 'ndcilium',
    network: '172.30.1',
    ports: { etcdClient: 23791, etcdPeer: 23801, controllerManager: 10267, scheduler: 10269 },
  },
  spare: {
    cni: 'bridge',
    runFolder: '/run/kubectl-netdebug-spare',
    folderPrefix: 'spare-',
    bridgeName: 'ndbr2',
    markPrefix: 'ndspare',
    network: '172.30.2',
    ports: { etcdClient: 23792, etcdPeer: 23802, controllerManager: 10277, scheduler: 10279 },
  },
};

/** Names what a process works on: every program and test of the cluster works on one instance. */
export const instanceVariable = 'NETDEBUG_CLUSTER';
