import type { Directory } from '../cluster/directory.ts';
import type { PlacedFinding, Situation } from './explainer.ts';
import { findPort, portOn, targetsOf } from '../service/port-view.ts';

/** One way that a finding's packets may have taken: from the client to one address behind what it dialled. */
export interface Way {
  readonly placed: PlacedFinding;
  readonly client: string;
  /** '' if not known. */
  readonly clientNode: string;
  /** After the translation of the Service's address. */
  readonly server: string;
  readonly serverPort: number;
  /** '' for a host outside, and where it is not known. */
  readonly serverNode: string;
  /** Nodes that forward its packets, each once: those of pods at its ends, not where an end is the node itself. */
  readonly forwarders: readonly string[];
  readonly protocol: string;
}

/** The ways of a finding; of a Service one to each endpoint that the client's node sends to. */
export function waysOf(placed: PlacedFinding, situation: Situation): Way[] {
  const { directory, facts } = situation;
  const { finding, address, port, service } = placed;
  const clientNode = directory.lookup(finding.client).node;
  const way = { placed, client: finding.client, clientNode, protocol: finding.protocol };
  if (service === null)
    return [
      withForwarders(
        { ...way, server: address, serverPort: port, serverNode: directory.lookup(address).node },
        directory,
      ),
    ];
  const dialled = { address, port, protocol: finding.protocol, node: clientNode };
  const servicePort = findPort(service, port, finding.protocol);
  return targetsOf(facts, directory, service, dialled).map((endpoint) =>
    withForwarders(
      {
        ...way,
        server: endpoint.address,
        serverPort: servicePort === null ? 0 : portOn(endpoint, servicePort),
        serverNode: endpoint.node,
      },
      directory,
    ),
  );
}

function withForwarders(way: Omit<Way, 'forwarders'>, directory: Directory): Way {
  const ends: readonly (readonly [string, string])[] = [
    [way.client, way.clientNode],
    [way.server, way.serverNode],
  ];
  const nodes = ends.flatMap(([address, node]) =>
    directory.lookup(address).kind === 'node' || node === '' ? [] : [node],
  );
  return { ...way, forwarders: [...new Set(nodes)] };
}

/**
 * Whether so much failed that a fault on these ways must be behind it, or may: all of the finding's ways, or as large a
 * share of its attempts as they have of its ways, less what chance takes off (two standard deviations).
 */
export function accountsFor(failing: readonly Way[], all: readonly Way[], placed: PlacedFinding): boolean {
  if (failing.length === 0) return false;
  const outcomes = placed.group?.outcomes;
  const reached =
    outcomes === undefined
      ? (placed.finding.details.succeeded ?? 0)
      : outcomes.answered + outcomes.refused + outcomes.answeredByOther;
  if (failing.length === all.length) return reached === 0;
  const attempts = reached + placed.finding.count;
  const share = failing.length / all.length;
  return placed.finding.count <= attempts * share + 2 * Math.sqrt(attempts * share * (1 - share)) + 1;
}
