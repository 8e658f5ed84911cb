import type { Group } from '../conversations/groups.ts';
import type { Observations } from '../conversations/observations.ts';
import type { TunnelPath } from '../conversations/tunnel-paths.ts';
import { endpointText } from '../conversations/address.ts';
import type { Finding } from './finding.ts';

/** The groups of conversations whose requests went through a tunnel. */
export function requestsThrough(path: TunnelPath, observations: Observations): Group[] {
  const asked = new Set(
    [...path.requests.values()].map(({ client, server, port }) => `${client} ${server} ${port}`),
  );
  return observations.groups.filter(({ client, server, port }) => asked.has(`${client} ${server} ${port}`));
}

/** Client, server and protocol of a finding about a tunnel: the hosts between which it goes. */
export function tunnelEnds(path: TunnelPath): Pick<Finding, 'client' | 'server' | 'protocol'> {
  return {
    client: path.sender,
    server: endpointText(path.receiver, path.port),
    protocol: path.port === 0 ? '' : 'UDP',
  };
}
