import type { Place } from '../target/place.ts';
import { idleCommand, securityContext } from './debug-container.ts';
import { defaults } from './defaults.ts';

/** Label of every pod of ours (Kubernetes docs, "Recommended Labels"). */
export const managedByLabel = 'app.kubernetes.io/managed-by';
export const managedByUs = 'kubectl-netdebug';
/** Annotations of our pods: who started it, what it captures. */
export const ownerAnnotation = 'kubectl-netdebug/owner';
export const targetAnnotation = 'kubectl-netdebug/target';

/** Namespace that a cluster may keep for pods of ours; it has to admit privileged pods. */
export const debugNamespace = 'netdebug';

/** What a node debug pod is made from. */
export interface NodePodRequest {
  readonly name: string;
  readonly namespace: string;
  readonly place: Place;
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly durationMs: number;
  /** User name as the API server knows it; "" if it does not say. */
  readonly owner: string;
  /** It is to list the packet filter of a node as well, which takes NET_ADMIN (nfnetlink, Linux). */
  readonly readsNode?: boolean | undefined;
}

/** A Pod object to create, with what is read of it later. */
export interface NodePodBody {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: object;
}

/** After the capture's time there must be time to end it. */
const marginMs = 60_000;

/**
 * The pod that captures on a node. For a node, or a pod in its node's network, it joins that network and
 * asks for NET_RAW only. For other pods it has to enter their network, which takes the node's
 * processes (hostPID) and the right to change namespaces (privileged: SYS_ADMIN and SYS_PTRACE, and no
 * AppArmor or SELinux confinement). It mounts nothing of the node and ends by itself: its main
 * process first, its deadline in any case.
 */
export function nodePodBody(request: NodePodRequest): NodePodBody {
  const { name, namespace, place } = request;
  const isInNodeNetwork = joinsNodeNetwork(place);
  const lifeSeconds = Math.ceil((defaults.startTimeoutMs.value + request.durationMs + marginMs) / 1000);
  const metadata = {
    name,
    namespace,
    labels: { [managedByLabel]: managedByUs },
    annotations: {
      ...(request.owner === '' ? {} : { [ownerAnnotation]: request.owner }),
      [targetAnnotation]: placeName(place),
    },
  };
  const container = {
    name,
    image: request.image,
    imagePullPolicy: request.imagePullPolicy,
    command: idleCommand(lifeSeconds),
    securityContext: isInNodeNetwork ? nodeContext(request) : { privileged: true, runAsUser: 0 },
  };
  const spec = {
    nodeName: nodeOf(place),
    restartPolicy: 'Never',
    activeDeadlineSeconds: lifeSeconds + 10,
    terminationGracePeriodSeconds: 1,
    tolerations: [{ operator: 'Exists' }],
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // The node's own resolver: what a capture on a node has to be told by.
    dnsPolicy: 'Default',
    ...(isInNodeNetwork ? { hostNetwork: true } : { hostPID: true }),
    ...pullSecrets(place, namespace),
    containers: [container],
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec };
}

function nodeContext({ readsNode }: NodePodRequest): object {
  const context = securityContext('net-raw');
  return readsNode === true ? { ...context, capabilities: { add: ['NET_RAW', 'NET_ADMIN'] } } : context;
}

/** True if the place's network is its node's own. */
export function joinsNodeNetwork(place: Place): boolean {
  return place.kind === 'node' || place.pod.spec?.hostNetwork === true;
}

/** Name of the node; "" if a pod has none. */
export function nodeOf(place: Place): string {
  return place.kind === 'node' ? place.node.metadata.name : (place.pod.spec?.nodeName ?? '');
}

/** "pod/shop/client", "node/node1". */
export function placeName(place: Place): string {
  if (place.kind === 'node') return `node/${place.node.metadata.name}`;
  return `pod/${place.pod.metadata.namespace}/${place.pod.metadata.name}`;
}

/** The traced pod's own pull secrets; they exist in its namespace only. */
function pullSecrets(place: Place, namespace: string): object {
  if (place.kind === 'node' || place.pod.metadata.namespace !== namespace) return {};
  const { imagePullSecrets } = place.pod.spec ?? {};
  return imagePullSecrets === undefined ? {} : { imagePullSecrets };
}
