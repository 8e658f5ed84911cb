import type { PodObject } from './pod-object.ts';

/** Annotation in which Multus lists what it attached (Network Plumbing Working Group, "Network Status Annotation"). */
const annotation = 'k8s.v1.cni.cncf.io/network-status';
const maxNetworks = 64;

/** Names of the networks that a pod's interfaces are attached to, by interface; empty without Multus. */
export function attachedNetworks(pod: PodObject): ReadonlyMap<string, string> {
  let listed: unknown;
  try {
    listed = JSON.parse(pod.metadata.annotations?.[annotation] ?? '[]');
  } catch {
    // Written by a program of the cluster that we do not know; the names are a help, no more.
    return new Map();
  }
  const entries = (Array.isArray(listed) ? (listed as unknown[]) : []).slice(0, maxNetworks);
  return new Map(
    entries.flatMap((entry): [string, string][] => {
      const { interface: device, name } = (entry ?? {}) as { interface?: unknown; name?: unknown };
      return typeof device === 'string' && typeof name === 'string' ? [[device, name]] : [];
    }),
  );
}
