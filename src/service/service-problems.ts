import type { Directory } from '../cluster/directory.ts';
import type { Facts, ServiceFacts } from '../cluster/facts.ts';
import { viewService, type ServiceState } from './port-view.ts';

/** What is wrong with a Service by its own objects, without anybody dialling it. */
export type ServiceProblem = 'service-without-endpoints' | 'endpoints-not-ready' | 'warning-event';

/** What a Service of type LoadBalancer without an address means to those who dial it. */
export const AWAITING_LOAD_BALANCER =
  'its load balancer has no address yet: it is reached inside the cluster only';

const BY_STATE: Readonly<Partial<Record<ServiceState, ServiceProblem>>> = {
  'by-hand': 'service-without-endpoints',
  'near-miss': 'service-without-endpoints',
  'no-pod': 'service-without-endpoints',
  'port-name-missing': 'service-without-endpoints',
  'not-ready': 'endpoints-not-ready',
};

/** The problems of a Service over all its ports, each once; what could not be read is none. */
export function serviceProblems(facts: Facts, directory: Directory, service: ServiceFacts): ServiceProblem[] {
  const ports = service.ports.length > 0 ? service.ports : [{ port: 0, protocol: 'TCP' }];
  const states = ports.map(
    ({ port, protocol }) =>
      viewService(facts, directory, service, {
        address: service.clusterIPs[0] ?? '',
        port,
        protocol,
        node: '',
      }).state,
  );
  const isLock = (facts.endpointSlices ?? []).some(
    (slice) => slice.isLock && slice.namespace === service.namespace && slice.service === service.name,
  );
  const hasEvent = (facts.events ?? []).some(
    ({ namespace, object }) => namespace === service.namespace && object === `Service/${service.name}`,
  );
  const problems = [
    ...(isLock ? [] : states.flatMap((state) => BY_STATE[state] ?? [])),
    ...(hasEvent ? (['warning-event'] as const) : []),
  ];
  return [...new Set(problems)];
}
