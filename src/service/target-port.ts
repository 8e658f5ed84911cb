import type { PodFacts, ServicePortFacts } from '../cluster/facts.ts';

/**
 * The port on the pod that a Service port leads to; null: the pod drops out of that port. A number needs no
 * declaration; a name must be declared by a container under the same protocol (FindPort, pkg/api/v1/pod/util.go).
 */
export function resolveTargetPort(
  { containerPorts }: Pick<PodFacts, 'containerPorts'>,
  { targetPort, protocol }: Pick<ServicePortFacts, 'targetPort' | 'protocol'>,
): number | null {
  if (typeof targetPort === 'number') return targetPort;
  return containerPorts.find((own) => own.name === targetPort && own.protocol === protocol)?.port ?? null;
}
