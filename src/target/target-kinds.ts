/** What can be named as TYPE/NAME. */
export type TargetKind =
  | 'pod'
  | 'deployment'
  | 'statefulset'
  | 'daemonset'
  | 'replicaset'
  | 'job'
  | 'cronjob'
  | 'service'
  | 'ingress'
  | 'httproute'
  | 'node';

/** How kubectl and the API name a kind. */
export interface KindNames {
  readonly kind: TargetKind;
  /** As the API writes it in an object, "StatefulSet". */
  readonly apiKind: string;
  /** As we print it in front of a name, "sts". */
  readonly short: string;
  /** Singular, plural and short names, as `kubectl api-resources` lists them. */
  readonly names: readonly string[];
  /** "/api/v1" or "/apis/GROUP/VERSION". */
  readonly groupVersion: string;
  /** Plural, as in paths. */
  readonly resource: string;
}

const core = '/api/v1';
const apps = '/apis/apps/v1';
const batch = '/apis/batch/v1';

function row(
  kind: TargetKind,
  apiKind: string,
  short: string,
  groupVersion: string,
  resource: string,
  aliases: readonly string[] = [],
): KindNames {
  return {
    kind,
    apiKind,
    short,
    names: [...new Set([kind, resource, short, ...aliases])],
    groupVersion,
    resource,
  };
}

/** Every kind, in the order in which help lists them. */
export const targetKinds: readonly KindNames[] = [
  row('pod', 'Pod', 'pod', core, 'pods', ['po']),
  row('deployment', 'Deployment', 'deploy', apps, 'deployments'),
  row('statefulset', 'StatefulSet', 'sts', apps, 'statefulsets'),
  row('daemonset', 'DaemonSet', 'ds', apps, 'daemonsets'),
  row('replicaset', 'ReplicaSet', 'rs', apps, 'replicasets'),
  row('job', 'Job', 'job', batch, 'jobs'),
  row('cronjob', 'CronJob', 'cronjob', batch, 'cronjobs', ['cj']),
  row('service', 'Service', 'svc', core, 'services'),
  row('ingress', 'Ingress', 'ingress', '/apis/networking.k8s.io/v1', 'ingresses', ['ing']),
  row('httproute', 'HTTPRoute', 'httproute', '/apis/gateway.networking.k8s.io/v1', 'httproutes'),
  row('node', 'Node', 'node', core, 'nodes', ['no']),
];

/** The kind that a user's word means ("Deployments", "deploy", "deployments.apps", "deployment.v1.apps"); undefined: none. */
export function kindNamed(word: string): KindNames | undefined {
  const [name = '', ...qualifiers] = word.toLowerCase().split('.');
  const found = targetKinds.find((kind) => kind.names.includes(name));
  if (found === undefined || qualifiers.length === 0) return found;
  const [group = '', version = ''] = found.groupVersion.split('/').slice(2);
  return [group, `${version}.${group}`].includes(qualifiers.join('.')) ? found : undefined;
}

/** The row of a kind. */
export function namesOf(kind: TargetKind): KindNames {
  const found = targetKinds.find((row) => row.kind === kind);
  if (found === undefined) throw new Error(`no kind ${kind}`);
  return found;
}

/** Path of the objects of a kind; '' as namespace: all namespaces. */
export function collectionPath(kind: TargetKind, namespace: string): string {
  const { groupVersion, resource } = namesOf(kind);
  return namespace === ''
    ? `${groupVersion}/${resource}`
    : `${groupVersion}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}
