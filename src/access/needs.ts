import { type Right, rights } from './right.ts';

/** Running commands in a container. The WebSocket exec is a GET; from 1.35 the server asks for create as well. */
const execRights: readonly Right[] = rights('pods/exec', ['get', 'create']);

/** What a capture in a pod needs, in the pod's namespace. */
export const captureRights: readonly Right[] = [...rights('pods', ['get']), ...execRights];

/** What adding a debug container needs. */
export const addContainerRight: Right = { group: '', resource: 'pods/ephemeralcontainers', verb: 'patch' };

/** What a node debug pod needs, in the namespace in which it runs. */
export const nodePodRights: readonly Right[] = [
  ...rights('pods', ['create', 'get', 'delete']),
  ...execRights,
];

/**
 * Where rights are needed: in the namespace of what is traced, in that of node debug pods, in that of the cluster's
 * DNS (kube-system), in the whole cluster.
 */
export type Scope = 'namespace' | 'debug-namespace' | 'dns-namespace' | 'cluster';

/** Where nearly all distributions run the cluster's DNS. */
export const dnsNamespace = 'kube-system';

/** What one command, or one part of it, needs. */
export interface Need {
  /** By which `rbac` is asked for it. */
  readonly word: string;
  /** What it is for, one line. */
  readonly summary: string;
  readonly parts: readonly { readonly scope: Scope; readonly rights: readonly Right[] }[];
}

const traceRights: readonly Right[] = [...captureRights, addContainerRight];
const listPods: readonly Right[] = rights('pods', ['list']);

/** What the cluster says of its network. */
const causesParts: Need['parts'] = [
  {
    scope: 'cluster',
    rights: [
      ...['nodes', 'namespaces', 'pods', 'services', 'events'].flatMap((resource) =>
        rights(resource, ['get', 'list']),
      ),
      ...rights('endpointslices', ['get', 'list'], 'discovery.k8s.io'),
      ...rights('networkpolicies', ['get', 'list'], 'networking.k8s.io'),
      ...['deployments', 'daemonsets'].flatMap((resource) => rights(resource, ['get', 'list'], 'apps')),
      ...['adminnetworkpolicies', 'baselineadminnetworkpolicies', 'clusternetworkpolicies'].flatMap(
        (resource) => rights(resource, ['get', 'list'], 'policy.networking.k8s.io'),
      ),
      ...['ingresses', 'ingressclasses'].flatMap((resource) =>
        rights(resource, ['list'], 'networking.k8s.io'),
      ),
      ...['gateways', 'httproutes', 'referencegrants'].flatMap((resource) =>
        rights(resource, ['list'], 'gateway.networking.k8s.io'),
      ),
    ],
  },
  {
    scope: 'dns-namespace',
    rights: [...rights('configmaps', ['get']), ...rights('pods/log', ['get'])],
  },
];

/** Every need, in the order in which they are listed. */
export const needs: readonly Need[] = [
  {
    word: 'trace',
    summary: 'trace pod/NAME through a debug container',
    parts: [{ scope: 'namespace', rights: traceRights }],
  },
  {
    word: 'capture',
    summary: 'capture start, list, stop and pull: recorders in debug containers',
    parts: [{ scope: 'namespace', rights: [...traceRights, ...listPods] }],
  },
  {
    word: 'targets',
    summary: 'trace workloads, Services, routes and selectors: finding their pods',
    parts: [
      {
        scope: 'namespace',
        rights: [
          ...listPods,
          ...['deployments', 'statefulsets', 'daemonsets'].flatMap((resource) =>
            rights(resource, ['get'], 'apps'),
          ),
          ...rights('replicasets', ['get', 'list'], 'apps'),
          ...rights('jobs', ['get', 'list'], 'batch'),
          ...rights('cronjobs', ['get'], 'batch'),
          ...rights('services', ['get']),
          ...rights('endpointslices', ['list'], 'discovery.k8s.io'),
          ...rights('ingresses', ['get'], 'networking.k8s.io'),
          ...rights('httproutes', ['get'], 'gateway.networking.k8s.io'),
        ],
      },
    ],
  },
  {
    word: 'node',
    summary: 'trace node/NAME, --profile node and --read-node: a debug pod on the node',
    parts: [
      { scope: 'namespace', rights: rights('pods', ['get']) },
      { scope: 'debug-namespace', rights: nodePodRights },
      { scope: 'cluster', rights: rights('nodes', ['get']) },
    ],
  },
  {
    word: 'causes',
    summary: 'naming causes: what the cluster says; without it a trace ends with findings',
    parts: causesParts,
  },
  {
    word: 'check',
    summary:
      'check FROM TO: what the cluster says, and entering FROM unless --no-probe is given (with --enter-servers the server pods, too)',
    parts: [{ scope: 'namespace', rights: traceRights }, ...causesParts],
  },
  {
    word: 'cleanup',
    summary: 'cleanup: finding what was left, ending debug containers, deleting debug pods',
    parts: [{ scope: 'namespace', rights: [...rights('pods', ['list', 'delete']), ...execRights] }],
  },
  {
    word: 'doctor',
    summary: 'doctor: how the network fares, and what is beyond a trial; it says what it may not read',
    parts: [
      ...causesParts,
      {
        scope: 'cluster',
        rights: [
          ...rights('servicecidrs', ['list'], 'networking.k8s.io'),
          ...rights('namespaces', ['get', 'list']),
          ...rights('nodes', ['get', 'list']),
          ...[
            'validatingwebhookconfigurations',
            'mutatingwebhookconfigurations',
            'validatingadmissionpolicies',
          ].flatMap((resource) => rights(resource, ['list'], 'admissionregistration.k8s.io')),
        ],
      },
      { scope: 'namespace', rights: listPods },
    ],
  },
];
