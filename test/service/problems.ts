import { openDirectory } from '../../src/cluster/directory.ts';
import { toEndpointSliceFacts } from '../../src/cluster/endpoint-slices.ts';
import type { EventFacts } from '../../src/cluster/facts.ts';
import { toIngressClassFacts, toIngressFacts } from '../../src/cluster/ingresses.ts';
import { asList, asObject, asText } from '../../src/cluster/raw.ts';
import { toServiceFacts } from '../../src/cluster/services.ts';
import { ingressProblems } from '../../src/service/ingress.ts';
import { serviceProblems } from '../../src/service/service-problems.ts';
import { facts } from '../explain/builders.ts';
import type { RawObject } from './corpora.ts';

/** Names of all that is wrong with the Services and Ingresses among the objects, sorted. */
export function problemsOf(objects: readonly RawObject[]): string[] {
  const ofKind = (kind: string): RawObject[] => objects.filter((object) => object['kind'] === kind);
  const services = ofKind('Service').map(toServiceFacts);
  const endpointSlices = ofKind('Endpoints').map((endpoints) => toEndpointSliceFacts(mirrored(endpoints)));
  const events = ofKind('Event').map(toEvent);
  const all = facts({ services, endpointSlices, events, pods: [] });
  const directory = openDirectory(all);
  const around = {
    classes: ofKind('IngressClass').map(toIngressClassFacts),
    services,
    secretNames: ofKind('Secret').map((secret) => asText(asObject(secret['metadata'])['name'])),
  };
  return [
    ...services.flatMap((service) => serviceProblems(all, directory, service)),
    ...ofKind('Ingress').flatMap((ingress) =>
      ingressProblems(toIngressFacts(ingress), around).map(({ id }) => id),
    ),
  ].toSorted();
}

/** An Endpoints object as the control plane mirrors it into an EndpointSlice. */
function mirrored(endpoints: RawObject): RawObject {
  const metadata = asObject(endpoints['metadata']);
  const subsets = asList(endpoints['subsets']).map(asObject);
  const addresses = (list: unknown, ready: boolean): RawObject[] =>
    asList(list)
      .map(asObject)
      .map(({ ip, targetRef }) => ({ addresses: [ip], conditions: { ready }, targetRef }));
  return {
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': metadata['name'] } },
    addressType: 'IPv4',
    ports: subsets.flatMap(({ ports }) => asList(ports)),
    endpoints: subsets.flatMap((subset) => [
      ...addresses(subset['addresses'], true),
      ...addresses(subset['notReadyAddresses'], false),
    ]),
  };
}

function toEvent(raw: RawObject): EventFacts {
  const about = asObject(raw['involvedObject']);
  return {
    namespace: asText(about['namespace']),
    object: `${asText(about['kind'])}/${asText(about['name'])}`,
    reason: asText(raw['reason']),
    message: asText(raw['message']),
    lastSeen: '',
    count: 1,
  };
}
