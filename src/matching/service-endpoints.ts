import { openDirectory } from '../cluster/directory.ts';
import type { Facts } from '../cluster/facts.ts';
import type { EndpointsOf } from './cross.ts';

/** Addresses behind a Service's "address:port" as the facts name them; without facts nothing is known. */
export function serviceEndpoints(facts: Facts | null): EndpointsOf {
  if (facts === null) return () => undefined;
  const directory = openDirectory(facts);
  return (server) => {
    const service = directory.serviceAt(server);
    if (service === null) return undefined;
    const serving = directory.endpointsOf(service).filter((endpoint) => endpoint.ready || endpoint.serving);
    return serving.length === 0 ? undefined : serving.map(({ address }) => address);
  };
}
