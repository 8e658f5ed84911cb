/** A step of a troubleshooting guide, and what the program shows in its place. */
export interface CoverageRow {
  /** What people do by hand. */
  readonly byHand: string;
  /** What is done instead, one sentence. */
  readonly instead: string;
  /** File in docs/ that holds what was printed on the test cluster, without ".txt". */
  readonly from: string;
  /** Lines of it that show this; the first that matches each, in the file's order. */
  readonly lines: readonly RegExp[];
}

/** The steps under the headings by which guides are ordered. */
export const COVERAGE: Readonly<Record<string, readonly CoverageRow[]>> = {
  'Pods that do not reach each other': [
    {
      byHand: 'Ping one pod from another.',
      instead:
        'Ping proves little: policies do not cover it and ClusterIPs do not answer it. TCP connections are tried from inside the pod, through its own network, and captured there.',
      from: 'outputs/check',
      lines: [/^connect /, /^TCP to pod\/shop\/payments-1/, /^TCP to pod\/shop\/payments-2/],
    },
    {
      byHand: 'When ping fails, look at the pod’s status and at the policies.',
      instead:
        'The pod comes first, then the verdict of the policies on exactly this way, in both directions.',
      from: 'scenarios/networkpolicy-denies',
      lines: [/^ {3}CAUSE /, /^from /, /^policy /],
    },
    {
      byHand: 'Check that the address dialled is the pod’s.',
      instead:
        'Each address is looked up among pods, Services, endpoints and nodes; one that nobody has is called so.',
      from: 'scenarios/stale-endpoint',
      lines: [/^ {3}CAUSE /],
    },
    {
      byHand: 'Check the three rules of the network model: pod to pod, node to pod, no NAT between them.',
      instead:
        'Each endpoint is tried directly beside its Service; traced at both ends, packets are matched through NAT, and where one got lost is said.',
      from: 'scenarios/nobody-listens',
      lines: [/^MATCHED /],
    },
    {
      byHand: 'Run a shell with network tools as a pod of its own.',
      instead:
        'A debug container in the suspect pod itself: same network, same policies. Nothing starts before it is said.',
      from: 'outputs/image',
      lines: [/^adds container /],
    },
    {
      byHand: 'Go down the checklist: describe the pod, list its interfaces, its sockets.',
      instead: 'The networks of traced pods say of themselves what listens where, and with which MTU.',
      from: 'scenarios/listens-on-loopback',
      lines: [/^ {3}CAUSE /, /sockets of pod/],
    },
    {
      byHand: 'Try ping, curl and netcat from the pod.',
      instead:
        'DNS, TCP, TLS, HTTP and a large segment are tried in turn; the first layer that fails is the verdict.',
      from: 'outputs/check',
      lines: [/^DNS /, /^TCP to svc/, /^GET http/, /^GET with/, /^VERDICT/],
    },
  ],
  'Services and endpoints': [
    {
      byHand: 'Describe the Service: type, ports, endpoints.',
      instead: 'One line for each link of the chain: port, targetPort, endpoints and their ports.',
      from: 'outputs/check',
      lines: [/^service /, /^endpoints /],
    },
    {
      byHand: 'Compare the Service’s selector with the labels of the pods.',
      instead: 'The nearest pods are named with the label in which they differ, and the patch that mends it.',
      from: 'scenarios/service-selector-mismatch',
      lines: [/^ {3}CAUSE /, /nearest pods/, /kubectl patch service/],
    },
    {
      byHand: 'List the endpoints.',
      instead:
        'EndpointSlices with ready, serving and terminating; pods that are not ready with the probe that fails.',
      from: 'scenarios/endpoints-not-ready',
      lines: [/^ {3}CAUSE /, /EndpointSlice/],
    },
    {
      byHand: 'Follow port, targetPort, nodePort and containerPort.',
      instead: 'The chain is followed to the socket in the pod.',
      from: 'scenarios/target-port-mismatch-read',
      lines: [/^ {3}CAUSE /, /sockets of pod/],
    },
    {
      byHand: 'Look for readiness and liveness probes that fail.',
      instead: 'The event of the failing probe is quoted; probe traffic itself is no finding.',
      from: 'scenarios/endpoints-not-ready',
      lines: [/Readiness probe|not ready/],
    },
    {
      byHand: 'Try the Service by port-forward.',
      instead:
        'A port-forward enters the pod over its loopback interface, past Service and policies, and proves neither. Pod address, ClusterIP and name are tried one by one.',
      from: 'outputs/port-forward',
      lines: [/^endpoints /, /^connect /],
    },
    {
      byHand: 'Scale the Service.',
      instead:
        'How many endpoints carry the traffic is part of the way; one that is worse than those beside it is named.',
      from: 'scenarios/one-bad-endpoint',
      lines: [/^ {3}CAUSE /],
    },
    {
      byHand: 'Know the types: ClusterIP, NodePort, LoadBalancer, and their traffic policies.',
      instead: 'A Service that serves each node from its own pods only is seen from the client’s node.',
      from: 'scenarios/local-traffic-policy-without-endpoint',
      lines: [/^ {3}CAUSE /],
    },
    {
      byHand: 'Check that the cloud’s load balancer has an address.',
      instead: 'A Service that waits for one is said to be reached inside the cluster only.',
      from: 'outputs/load-balancer',
      lines: [/^service /],
    },
    {
      byHand: 'Know ExternalName.',
      instead:
        'Its name is no Service with endpoints: what it stands for, and the Host header or certificate that does not fit it, are named.',
      from: 'scenarios/external-name-misleading',
      lines: [/^ {3}CAUSE /],
    },
  ],
  'Network policies': [
    {
      byHand: 'List the policies and read them.',
      instead:
        'They are evaluated: which policy and which rule decides, and the smallest change that admits the traffic.',
      from: 'scenarios/networkpolicy-denies-port',
      lines: [/^ {3}CAUSE /, /^ {3}FIX /],
    },
    {
      byHand: 'Allow the frontend to reach the backend.',
      instead: 'The rule that is missing is printed as YAML, and evaluated before it is printed.',
      from: 'scenarios/networkpolicy-denies',
      lines: [/^ {3}FIX /, /podSelector/],
    },
    {
      byHand: 'Know the default-deny pattern.',
      instead: 'It is recognised and named.',
      from: 'scenarios/networkpolicy-denies-all',
      lines: [/is a default deny/],
    },
    {
      byHand: 'There is no Egress object: know the patterns for traffic that leaves.',
      instead: 'Rules for both directions count, at the client and at the server.',
      from: 'scenarios/networkpolicy-denies-egress',
      lines: [/^ {3}CAUSE /],
    },
    {
      byHand: 'Remember DNS in egress policies.',
      instead: 'A policy that lets the client out to its Services but not to DNS is its own cause.',
      from: 'scenarios/policy-blocks-dns',
      lines: [/^ {3}CAUSE /],
    },
    {
      byHand: 'List the policies of all namespaces.',
      instead:
        'Done with whatever rights there are: what could not be read is unknown, with the right that reads it.',
      from: 'outputs/rbac',
      lines: [/networkpolicies/],
    },
    {
      byHand: 'Check that the network plugin enforces policies at all.',
      instead: 'A policy that nobody enforces is told apart from one that works.',
      from: 'scenarios/networkpolicy-without-effect',
      lines: [/policy|polic/i],
    },
  ],
  DNS: [
    {
      byHand: 'Know the names: service.namespace.svc.cluster-domain.',
      instead: 'A name is taken apart into the object it means; the nearest one that exists is named.',
      from: 'scenarios/dns-name-misspelt',
      lines: [/^ {3}CAUSE /],
    },
    {
      byHand: 'Look at CoreDNS: pods, log, custom entries.',
      instead: 'Its configuration is parsed, its log quoted.',
      from: 'scenarios/coredns-misconfigured-deadly',
      lines: [/^ {3}CAUSE /, /log of the DNS pods/],
    },
    {
      byHand: 'Run nslookup in the pod.',
      instead: 'The name is looked up with the pod’s own resolver settings.',
      from: 'outputs/check',
      lines: [/^dns /, /^DNS /],
    },
    {
      byHand: 'Know ndots and the search list.',
      instead: 'The wasted questions are counted, and what they cost.',
      from: 'scenarios/dns-search-amplification',
      lines: [/^ {3}CAUSE /, /^ {3}FIX /],
    },
  ],
  'Nodes and the kernel': [
    {
      byHand: 'Check IP forwarding and bridged netfilter on the nodes.',
      instead: 'Read on the nodes themselves, when asked, by a pod that only reads.',
      from: 'scenarios/node-ip-forward-off-read',
      lines: [/^ {3}CAUSE /, /ip_forward/],
    },
    {
      byHand: 'Find out why a setting came back: a security scan, a reboot.',
      instead: 'The fix sets it at once and for the next boot.',
      from: 'scenarios/node-ip-forward-off-read',
      lines: [/sysctl -w/, /sysctl\.d/],
    },
    {
      byHand: 'See a connection time out: curl (28), repeated SYNs in tcpdump and nothing back.',
      instead: 'The address is a Service’s, the SYNs are counted, and the causes that are left are ranked.',
      from: 'scenarios/node-ip-forward-off-with-policy',
      lines: [/tcp-syn-no-answer .*svc\//, /^ {3}CAUSE /],
    },
    {
      byHand: 'Look for a firewall on the nodes, for what blocks the overlay’s port.',
      instead: 'The rule that drops the traffic is quoted, with how often it was met.',
      from: 'scenarios/node-firewall',
      lines: [/^ {3}CAUSE /, /it met/],
    },
    {
      byHand: 'Suspect the overlay when pods of one node reach each other and those of two do not.',
      instead: 'That contrast is the evidence.',
      from: 'scenarios/overlay-blocked',
      lines: [/^ {3}CAUSE /],
    },
    {
      byHand: 'Look for overlaps of the pods’ range with other networks.',
      instead: 'Compared, where the nodes name their ranges.',
      from: 'outputs/doctor-cilium',
      lines: [/^address-ranges /],
    },
    {
      byHand: 'Look for XDP and tc programs with bpftool.',
      instead: 'Nodes that were looked into say what hangs on their interfaces.',
      from: 'outputs/doctor',
      lines: [/^node-settings /],
    },
    {
      byHand: 'Check the plugin: which one is it, which version, does it run on each node?',
      instead:
        'Recognised by its DaemonSets and by what it wrote on nodes; what was not seen is called unknown.',
      from: 'outputs/doctor-cilium',
      lines: [/^pod-network /, /^policies /],
    },
  ],
  'Ingress, Gateway, mesh': [
    {
      byHand: 'Follow the paths of an Ingress to their Services.',
      instead: 'The failing request is matched to its rule, the rule to its Service, port and endpoints.',
      from: 'scenarios/ingress-backend-missing',
      lines: [/^ {3}CAUSE /],
    },
    {
      byHand: 'Check that a controller takes care of the route.',
      instead: 'Its conditions are quoted.',
      from: 'scenarios/gateway-not-accepted',
      lines: [/^ {3}CAUSE /],
    },
    {
      byHand: 'Know the sidecars of Istio and Linkerd.',
      instead: 'Both legs of a proxied connection are joined; a mesh’s demands are told from the network’s.',
      from: 'scenarios/mesh-mtls-mismatch',
      lines: [/^ {3}CAUSE /],
    },
  ],
  'Speed, security, watching': [
    {
      byHand: 'Measure latency and throughput.',
      instead:
        'Handshake, round trip, what was sent again and the server’s own time for each pair; whose time it was is the verdict.',
      from: 'scenarios/server-slow',
      lines: [/^VERDICT /],
    },
    {
      byHand: 'Check limits and pressure of the pods.',
      instead:
        'A program that is slow is told from the network, and the next command reads its use of CPU and memory.',
      from: 'scenarios/client-slow',
      lines: [/^VERDICT /, /^ {3}NEXT /],
    },
    {
      byHand: 'Check encryption and certificates.',
      instead: 'Seen in the handshake: names, dates, alerts.',
      from: 'scenarios/tls-certificate-expired',
      lines: [/^ {3}CAUSE /],
    },
    {
      byHand: 'Check what you may do.',
      instead: 'The least roles are printed, rule by rule.',
      from: 'outputs/rbac',
      lines: [/pods\/ephemeralcontainers/, /pods\/exec/],
    },
    {
      byHand: 'Look up why an image is not pulled.',
      instead: 'The kubelet’s reason is quoted, for the debug container as well.',
      from: 'outputs/image',
      lines: [/^ {2}why: /, /^ {2}fix: /],
    },
    {
      byHand: 'Watch it with Prometheus and Grafana.',
      instead: 'Figures of a run as OpenMetrics, and a dashboard to import (`docs/grafana-dashboard.json`).',
      from: 'outputs/openmetrics',
      lines: [/^netdebug_verdict/, /^netdebug_connections/, /^netdebug_handshake_seconds/],
    },
  ],
};
