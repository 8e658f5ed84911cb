import type { ListeningSocketFacts, PodNetworkFacts } from '../../src/cluster/pod-network-facts.ts';

/** A TCP socket that listens, "0.0.0.0:8080" or "[::1]:8080". */
export function listener(on: string, part: Partial<ListeningSocketFacts> = {}): ListeningSocketFacts {
  const at = on.lastIndexOf(':');
  return {
    protocol: 'TCP',
    address: on.slice(0, at).replaceAll(/[[\]]/g, ''),
    port: Number(on.slice(at + 1)),
    waiting: 0,
    backlog: 128,
    program: '',
    ...part,
  };
}

/** What was read in a traced pod of namespace shop. */
export function podNetwork(
  name: string,
  sockets: readonly ListeningSocketFacts[] | null,
  part: Partial<PodNetworkFacts> = {},
): PodNetworkFacts {
  return {
    namespace: 'shop',
    name,
    problem: sockets === null ? 'sh: not found' : '',
    sockets,
    areSocketsWhole: sockets !== null,
    interfaces: null,
    routes: null,
    increases: {},
    localPorts: null,
    maxBacklog: 4096,
    timeWaits: null,
    ...part,
  };
}
