import type { PodFacts } from '../cluster/facts.ts';
import type { PlacedFinding } from './explainer.ts';

/** Whether the ClientHello was of a mesh's proxy: Istio's offer "istio" as application protocol. */
export function isMeshHello({ finding }: PlacedFinding): boolean {
  return (finding.details.tls?.protocols ?? []).some((name) => name === 'istio' || name.startsWith('istio-'));
}

/** Whether a mesh takes over the pod's traffic: a sidecar in it, or Istio's ambient mode. */
export function isInMesh({ sidecars, labels }: PodFacts): boolean {
  return sidecars.length > 0 || labels['istio.io/dataplane-mode'] === 'ambient';
}

/** Whether every pod that may have answered is in a mesh and the asking pod is not. */
export function isIntoMesh(placed: PlacedFinding, pods: readonly PodFacts[]): boolean {
  return placed.client !== null && !isInMesh(placed.client) && pods.length > 0 && pods.every(isInMesh);
}
