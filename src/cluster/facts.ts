import type { AdminPolicyFacts } from './admin-policy-facts.ts';
import type { DnsServerFacts } from './dns-server-facts.ts';
import type { RouteFacts } from './gateway-facts.ts';
import type { PeerAuthenticationFacts } from './mesh-facts.ts';
import type { GonePodFacts } from './gone-pod-facts.ts';
import type { NodeNetworkFacts } from './node-network-facts.ts';
import type { PodLifeFacts } from './pod-life-facts.ts';
import type { PodNetworkFacts } from './pod-network-facts.ts';

/**
 * Facts: what the cluster says, reduced to what explanations use. Collected once, saved with the
 * report, and enough to explain again without the cluster. Lists are sorted by namespace and name.
 * `null` means "could not be read" (never "none"); the reason then stands in `unreadable`.
 */
export interface Facts {
  readonly factsVersion: 1;
  /** ISO 8601, UTC. */
  readonly collectedAt: string;
  /** Version of the API server, such as "v1.34.4"; empty if unknown. */
  readonly serverVersion: string;
  /** Host of the API server as the kubeconfig names it. */
  readonly apiServer: string;
  /** The pods that were traced. */
  readonly targets: readonly ObjectName[];
  readonly nodes: readonly NodeFacts[] | null;
  readonly pods: readonly PodFacts[] | null;
  readonly services: readonly ServiceFacts[] | null;
  readonly endpointSlices: readonly EndpointSliceFacts[] | null;
  /** Namespaces with their labels, which policies select by. */
  readonly namespaces: readonly NamespaceFacts[] | null;
  readonly networkPolicies: readonly NetworkPolicyFacts[] | null;
  /** The cluster-wide tiers around NetworkPolicy (policy.networking.k8s.io); [] where those kinds do not exist. */
  readonly adminPolicies: readonly AdminPolicyFacts[] | null;
  /** Policy kinds of other vendors that exist in this cluster; not evaluated. */
  readonly otherPolicyKinds: readonly PolicyKindFacts[] | null;
  /** Events about pods that are not ready, newest first. */
  readonly events: readonly EventFacts[] | null;
  /** The traced pod's resolver as its /etc/resolv.conf says. */
  readonly resolver: ResolverFacts | null;
  /** The cluster's DNS deployment. */
  readonly clusterDns: ClusterDnsFacts | null;
  /** Absent where no finding is about DNS. */
  readonly dnsServer?: DnsServerFacts;
  /** Ingresses and Gateways; absent where no finding can be about one. */
  readonly routes?: RouteFacts;
  /** The networks of nodes that were looked into; absent: none was, for nobody asked for it. */
  readonly nodeNetworks?: readonly NodeNetworkFacts[];
  /** The networks of the traced pods, never of others; absent: none was read. */
  readonly podNetworks?: readonly PodNetworkFacts[];
  /** Pods of the traced pods' namespaces that went while it was captured; absent: none is known. */
  readonly gonePods?: readonly GonePodFacts[];
  /** Istio's; absent where there is no such kind, or not all of them could be read. */
  readonly peerAuthentications?: readonly PeerAuthenticationFacts[];
  readonly unreadable: readonly Unreadable[];
  /**
   * Lists that do not hold the whole cluster (rights for some namespaces only, or too many objects):
   * the namespaces that were read completely. A list without an entry was read completely.
   */
  readonly partial?: Partial<Readonly<Record<FactList, readonly string[]>>>;
}

/** The lists of namespaced objects, by their key in {@link Facts}. */
export type FactList = 'pods' | 'services' | 'endpointSlices' | 'networkPolicies';

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

export interface NamespaceFacts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface NodeFacts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly string[];
  readonly podCidrs: readonly string[];
  readonly ready: boolean;
  /** Conditions that are not as they should be, "NetworkUnavailable=True: reason". */
  readonly problems: readonly string[];
  /** Network plugins that left annotations: "calico", "cilium", "flannel". */
  readonly plugins: readonly string[];
  /** Addresses that they name there: of the node's own end in the pods' range, of tunnels. */
  readonly pluginAddresses: readonly string[];
}

export interface PodFacts extends ObjectName {
  readonly labels: Readonly<Record<string, string>>;
  readonly node: string;
  readonly addresses: readonly string[];
  readonly phase: string;
  readonly ready: boolean;
  readonly terminating: boolean;
  readonly hostNetwork: boolean;
  /** Absent: "ClusterFirst", whose resolver is the cluster's DNS, unless the pod is on the host's network. */
  readonly dnsPolicy?: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly restarts: number;
  readonly containerPorts: readonly ContainerPortFacts[];
  /** Why a container waits or ended, such as "CrashLoopBackOff"; empty if nothing is wrong. */
  readonly containerProblems: readonly string[];
  /** Container names of mesh sidecars found in the pod. */
  readonly sidecars: readonly string[];
  /** "Kind/name" of the controller, empty if none. */
  readonly owner: string;
  readonly life?: PodLifeFacts;
}

export interface ContainerPortFacts {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
}

export interface ServiceFacts extends ObjectName {
  readonly type: string;
  /** As the API writes them: ["None"] for a headless Service. */
  readonly clusterIPs: readonly string[];
  /** External addresses and those of the load balancer. */
  readonly externalIPs: readonly string[];
  readonly externalName: string;
  /** null: a Service without selector, its EndpointSlices are managed by hand. */
  readonly selector: Readonly<Record<string, string>> | null;
  /** In the order of the API object, so that a JSON patch can name an index. */
  readonly ports: readonly ServicePortFacts[];
  readonly publishNotReadyAddresses: boolean;
  /** "Cluster" or "Local", for traffic to cluster addresses and for what comes from outside. */
  readonly internalTrafficPolicy: string;
  readonly externalTrafficPolicy: string;
  /** "None" or "ClientIP". */
  readonly sessionAffinity: string;
  /** Annotation service.kubernetes.io/topology-mode, by which kube-proxy before 1.31 followed hints; '' if not set. */
  readonly topologyMode: string;
  /** Type LoadBalancer, and no load balancer has reported an address or name yet. */
  readonly isAwaitingLoadBalancer?: true | undefined;
}

export interface ServicePortFacts {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  /** Number or name, as written. */
  readonly targetPort: number | string;
  readonly nodePort: number;
}

export interface EndpointSliceFacts extends ObjectName {
  /** Name of the Service it belongs to (label kubernetes.io/service-name). */
  readonly service: string;
  readonly addressType: string;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
  readonly endpoints: readonly EndpointFacts[];
  /** It is the mirror of an Endpoints object that programs of old use to elect a leader; nobody is sent anywhere by it. */
  readonly isLock: boolean;
}

export interface EndpointFacts {
  readonly addresses: readonly string[];
  /** nil counts as ready (Kubernetes API, EndpointConditions). */
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly node: string;
  /** Name of the pod behind it, empty if none is named. */
  readonly pod: string;
  /** Hints: zones and nodes whose clients are to be sent to it; [] without hints. */
  readonly forZones: readonly string[];
  readonly forNodes: readonly string[];
}

export interface NetworkPolicyFacts extends ObjectName {
  readonly labels: Readonly<Record<string, string>>;
  /** The pod selector as the API writes it. */
  readonly podSelector: LabelSelectorFacts;
  /** With the API's defaults filled in. */
  readonly policyTypes: readonly ('Ingress' | 'Egress')[];
  readonly ingress: readonly PolicyRuleFacts[];
  readonly egress: readonly PolicyRuleFacts[];
  /** false: it is larger than what is taken over of one object, so rules of it are missing here. */
  readonly whole: boolean;
}

export interface PolicyRuleFacts {
  /** Empty: everybody. */
  readonly peers: readonly PolicyPeerFacts[];
  /** Empty: every port of every protocol. */
  readonly ports: readonly PolicyPortFacts[];
}

/** Selectors that are set must both match; null: not set. A peer with nothing set is one of a form that is not known. */
export interface PolicyPeerFacts {
  readonly podSelector: LabelSelectorFacts | null;
  readonly namespaceSelector: LabelSelectorFacts | null;
  readonly ipBlock: { readonly cidr: string; readonly except: readonly string[] } | null;
}

export interface PolicyPortFacts {
  readonly protocol: string;
  /** Number, name of a container port, or null for every port of the protocol. */
  readonly port: number | string | null;
  /** Last port of the range that begins at `port`, itself included; null: no range. */
  readonly endPort: number | null;
}

export interface LabelSelectorFacts {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
}

export interface PolicyKindFacts {
  /** Such as "CiliumNetworkPolicy". */
  readonly kind: string;
  readonly group: string;
  /** Names of objects ("namespace/name" or "name"), at most 50; null: they could not be listed. */
  readonly objects: readonly string[] | null;
}

export interface EventFacts {
  readonly namespace: string;
  /** "Pod/name". */
  readonly object: string;
  readonly reason: string;
  readonly message: string;
  readonly lastSeen: string;
  readonly count: number;
}

export interface ResolverFacts {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly ndots: number;
}

export interface ClusterDnsFacts {
  /** The Service in front of the DNS pods. */
  readonly service: ObjectName;
  readonly clusterIPs: readonly string[];
  /** Workload of the DNS pods, such as "Deployment/coredns", and how many replicas it wants; null: unknown. */
  readonly workload: string;
  readonly wantedReplicas: number | null;
}

/** Something that could not be read, so that it is unknown and not "fine". */
export interface Unreadable {
  /** What: "networkpolicies in namespace shop". */
  readonly what: string;
  /** Why, in the server's words. */
  readonly why: string;
  /** How to be able to read it: a rule as YAML, or a command; may be empty. */
  readonly fix: string;
}
