import { connect } from '../../src/kube/connect.ts';
import type { KubeConnection } from '../../src/kube/exec-api.ts';
import { startFakeApiServer, statusObject } from '../kube/fake-api-server.ts';
import type { FakeAnswer } from '../kube/fake-api-server.ts';

/** A cluster as `doctor` looks at it. */
export interface FakeCluster {
  readonly version?: object;
  readonly nodes?: readonly object[];
  /** Namespaces with their labels. */
  readonly namespaces?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Pods by namespace. */
  readonly pods?: Readonly<Record<string, readonly object[]>>;
  readonly validating?: readonly object[];
  readonly mutating?: readonly object[];
  readonly policies?: readonly object[];
  /** "verb resource" that the user may not do; "" is the namespace of what is asked of the whole cluster. */
  readonly forbidden?: (right: string, namespace: string) => boolean;
  /** Paths that may not be read. */
  readonly hidden?: readonly string[];
  /** Answer to a dry run; undefined: admitted. */
  readonly refuse?: (path: string, body: string) => FakeAnswer | undefined;
}

export interface ServedCluster extends AsyncDisposable {
  readonly url: string;
  readonly api: KubeConnection;
  /** Requests that would have changed something. */
  readonly changes: string[];
  /** Namespaces about which rights were asked; "" is the whole cluster. */
  readonly asked: string[];
}

/** Serves it; everything but dry runs and reviews is read-only, and anything else is noted. */
export async function serveCluster(cluster: FakeCluster): Promise<ServedCluster> {
  const changes: string[] = [];
  const asked: string[] = [];
  const lists: Readonly<Record<string, readonly object[]>> = {
    '/api/v1/nodes': cluster.nodes ?? [],
    '/api/v1/namespaces': Object.keys(cluster.namespaces ?? {}).map((name) => ({ metadata: { name } })),
    '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations': cluster.validating ?? [],
    '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations': cluster.mutating ?? [],
    '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies': cluster.policies ?? [],
  };
  const read = (path: string): FakeAnswer => {
    if (cluster.hidden?.includes(path) === true) return statusObject(403, 'Forbidden', `cannot read ${path}`);
    if (path === '/version')
      return { status: 200, body: cluster.version ?? { major: '1', minor: '34', gitVersion: 'v1.34.4' } };
    const [, namespace = '', rest = ''] = /^\/api\/v1\/namespaces\/([^/]+)(\/pods)?$/.exec(path) ?? [];
    if (rest !== '') return { status: 200, body: { items: cluster.pods?.[namespace] ?? [] } };
    const labels = cluster.namespaces?.[namespace];
    if (labels !== undefined) return { status: 200, body: { metadata: { name: namespace, labels } } };
    const items = lists[path];
    return items === undefined
      ? statusObject(404, 'NotFound', `${path} not found`)
      : { status: 200, body: { items } };
  };
  const server = await startFakeApiServer({
    rest: ({ url = '/', method = '' }, body) => {
      const { pathname, searchParams } = new URL(url, 'http://x');
      if (pathname.endsWith('/selfsubjectaccessreviews')) {
        const {
          verb,
          resource,
          subresource,
          namespace = '',
        } = (JSON.parse(body) as { spec: { resourceAttributes: Record<string, string> } }).spec
          .resourceAttributes;
        asked.push(namespace);
        const right = `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
        return { status: 201, body: { status: { allowed: cluster.forbidden?.(right, namespace) !== true } } };
      }
      if (pathname.endsWith('/selfsubjectreviews')) return { status: 201, body: {} };
      if (method === 'GET') return read(pathname);
      if (searchParams.get('dryRun') !== 'All') changes.push(`${method} ${pathname}`);
      return cluster.refuse?.(pathname, body) ?? { status: 200, body: {} };
    },
  });
  const api = connect({ server: server.url }, {});
  return { url: server.url, api, changes, asked, [Symbol.asyncDispose]: server.close };
}

/** A node that runs Linux. */
export function linuxNode(name: string, more: object = {}, labels: object = {}): object {
  const nodeInfo = {
    operatingSystem: 'linux',
    architecture: 'amd64',
    containerRuntimeVersion: 'containerd://2.0.0',
    ...more,
  };
  return {
    metadata: { name, labels },
    status: { nodeInfo, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** A pod that runs. */
export function podOn(node: string, name = 'client', more: object = {}): object {
  return {
    metadata: { name, namespace: 'shop', uid: 'u1' },
    spec: { nodeName: node, ...more },
    status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }] },
  };
}

/** The image that tests ask about. */
export const image = 'x.example/netshoot:v1';

/** A cluster in which nothing is amiss. */
export const well: FakeCluster = {
  nodes: [linuxNode('node1')],
  namespaces: { shop: {} },
  pods: { shop: [podOn('node1')] },
};
