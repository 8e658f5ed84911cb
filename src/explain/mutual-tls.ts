import type { Facts, PodFacts } from '../cluster/facts.ts';
import type { MutualTlsMode, PeerAuthenticationFacts } from '../cluster/mesh-facts.ts';
import { path } from './evidence.ts';

/** Where Istio keeps what is for the whole mesh, unless its installation says otherwise (meshConfig.rootNamespace). */
const ROOT_NAMESPACE = 'istio-system';

/** Whether a pod's proxy takes plain text at a port, and which policy says so ('': none does). */
export interface DemandedTls {
  readonly mode: Exclude<MutualTlsMode, 'UNSET'>;
  readonly policy: string;
}

/**
 * What the PeerAuthentications say of a port of a pod: one that selects the pod (its port first), then that of the
 * namespace, then that of the mesh, else PERMISSIVE (Istio, PeerAuthentication). undefined: they were not read, or
 * several select the pod and disagree.
 */
export function demandedTls(pod: PodFacts, port: number, facts: Facts): DemandedTls | undefined {
  const all = facts.peerAuthentications;
  if (all === undefined) return undefined;
  const own = all.filter(({ namespace, selector }) => namespace === pod.namespace && selects(selector, pod));
  const said = own.flatMap((one) => modeAt(one, port));
  if (new Set(said.map(({ mode }) => mode)).size > 1) return undefined;
  const [first] = said;
  if (first !== undefined) return first;
  for (const namespace of [pod.namespace, ROOT_NAMESPACE]) {
    const wide = all.filter((one) => one.namespace === namespace && Object.keys(one.selector).length === 0);
    const [found] = wide.flatMap((one) => modeAt({ ...one, portModes: {} }, port));
    if (found !== undefined) return found;
  }
  return { mode: 'PERMISSIVE', policy: '' };
}

function modeAt(policy: PeerAuthenticationFacts, port: number): DemandedTls[] {
  const atPort = Object.hasOwn(policy.portModes, port) ? policy.portModes[port] : undefined;
  const mode = atPort === undefined || atPort === 'UNSET' ? policy.mode : atPort;
  return mode === 'UNSET' ? [] : [{ mode, policy: path(policy) }];
}

function selects(selector: Readonly<Record<string, string>>, { labels }: PodFacts): boolean {
  const pairs = Object.entries(selector);
  return pairs.length > 0 && pairs.every(([key, value]) => labels[key] === value);
}
