import { splitServer } from '../cluster/address.ts';
import { openDirectory } from '../cluster/directory.ts';
import type { Facts, ServiceFacts } from '../cluster/facts.ts';
import type { Finding } from '../detect/finding.ts';
import type { Io } from '../io.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { readNodeNetworks } from '../nodes/read-node-networks.ts';
import { plainText } from '../report/plain-text.ts';
import type { RungOptions } from './rung-options.ts';

/** Whose settings can be behind a finding, the likelier first. */
export interface NodesOfFindings {
  /** Names of nodes: those of the clients, then those that the servers' pods are on. */
  readonly nodes: readonly string[];
  /** Services that the findings' clients dialled. */
  readonly services: readonly ServiceFacts[];
}

/** Finds the nodes behind findings; those that only inform have none. */
export function nodesOfFindings(findings: readonly Finding[], facts: Facts): NodesOfFindings {
  const directory = openDirectory(facts);
  const grave = findings.filter(({ severity }) => severity !== 'info');
  const clients = grave.map(({ client }) => directory.lookup(client).node);
  const services = new Set<ServiceFacts>();
  const servers = grave.flatMap(({ server, details }) =>
    [server, ...(details.servers ?? [])].flatMap((one) => {
      const service = directory.serviceAt(one);
      if (service === null) return [directory.lookup(splitServer(one).address).node];
      services.add(service);
      return directory.endpointsOf(service).map(({ node }) => node);
    }),
  );
  return {
    nodes: [...new Set([...clients, ...servers])].filter((node) => node !== ''),
    services: [...services],
  };
}

/** `--read-node`: the facts with what the nodes behind the findings show. Nothing is asked where nothing was found. */
export async function withNodeNetworks(
  api: KubeConnection,
  facts: Facts,
  findings: readonly Finding[],
  options: RungOptions,
  io: Io,
  signal: AbortSignal,
): Promise<Facts> {
  const { nodes, services } = nodesOfFindings(findings, facts);
  const say = (line: string): void => void io.stderr.write(`${plainText(line)}\n`);
  if (nodes.length === 0) {
    say('no node is looked into: no finding leads to one.');
    return facts;
  }
  const { image, imagePullPolicy = 'IfNotPresent', debugNamespace } = options;
  const { networks, unreadable } = await readNodeNetworks(api, nodes, {
    image,
    imagePullPolicy,
    debugNamespace,
    services,
    now: io.now,
    say,
    signal,
  });
  return { ...facts, nodeNetworks: networks, unreadable: [...facts.unreadable, ...unreadable] };
}
