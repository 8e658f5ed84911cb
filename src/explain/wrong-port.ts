import type { PlacedFinding } from './explainer.ts';
import { openPorts, type ServerPod } from './server-pods.ts';

/** TCP ports that the pods behind a Service have instead of the one to which it sends, ascending. */
export interface OtherPorts {
  readonly declared: readonly number[];
  /** On which programs listen that others reach; of pods whose sockets were read. */
  readonly open: readonly number[];
}

/**
 * What the pods of a Service have instead, if no pod declares the port to which it sends and none is known to listen
 * there; null: the port may be right, or nothing else can be meant.
 */
export function otherPorts({ service }: PlacedFinding, servers: readonly ServerPod[]): OtherPorts | null {
  if (service === null || servers.length === 0) return null;
  if (servers.some(({ listening }) => listening !== 'nobody' && listening !== 'unknown')) return null;
  if (servers.some(({ pod, port }) => tcpPorts(pod.containerPorts).includes(port))) return null;
  const declared = distinct(servers.flatMap(({ pod }) => tcpPorts(pod.containerPorts)));
  const open = distinct(servers.flatMap(openPorts));
  const isRead = servers.every(({ listening }) => listening === 'nobody');
  return isRead && declared.length === 0 && open.length === 0 ? null : { declared, open };
}

function tcpPorts(ports: readonly { readonly port: number; readonly protocol: string }[]): number[] {
  return ports.filter(({ protocol }) => protocol === 'TCP').map(({ port }) => port);
}

function distinct(ports: readonly number[]): number[] {
  return [...new Set(ports)].toSorted((a, b) => a - b);
}
