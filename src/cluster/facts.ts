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
  readonly networkPolicies: readonly NetworkPolicyFacts[] | null;
  /** Policy kinds of other vendors and tiers that exist in this cluster; not evaluated. */
  readonly otherPolicyKinds: readonly PolicyKindFacts[] | null;
  /** Events about pods that are not ready, newest first. */
  readonly events: readonly EventFacts[] | null;
  /** The traced pod's resolver as its /etc/resolv.conf says. */
  readonly resolver: ResolverFacts | null;
  /** The cluster's DNS deployment. */
  readonly clusterDns: ClusterDnsFacts | null;
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

export interface NodeFacts {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly podCidrs: readonly string[];
  readonly ready: boolean;
  /** Conditions that are not as they should be, "NetworkUnavailable=True: reason". */
  readonly problems: readonly string[];
}

export interface PodFacts extends ObjectName {
  readonly labels: Readonly<Record<string, string>>;
  readonly node: string;
  readonly addresses: readonly string[];
  readonly phase: string;
  readonly ready: boolean;
  readonly terminating: boolean;
  readonly hostNetwork: boolean;
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
  readonly internalTrafficPolicy: string;
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
}

export interface NetworkPolicyFacts extends ObjectName {
  /** The pod selector as the API writes it. */
  readonly podSelector: LabelSelectorFacts;
  /** With the API's defaults filled in. */
  readonly policyTypes: readonly ('Ingress' | 'Egress')[];
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
