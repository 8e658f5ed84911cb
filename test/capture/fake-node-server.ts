import { connect } from '../../src/kube/connect.ts';
import type { KubeConnection } from '../../src/kube/exec-api.ts';
import { exitStatus, frame, startFakeApiServer, statusObject } from '../kube/fake-api-server.ts';
import type { FakeAnswer } from '../kube/fake-api-server.ts';

/** How a test bends an API server that takes node debug pods. */
export interface NodeServerOptions {
  /** Answer to creating a pod in a namespace; undefined: it is created. */
  readonly refuse?: (namespace: string) => FakeAnswer | undefined;
  /** "verb resource" that the user may not do, and where. */
  readonly forbidden?: (right: string, namespace: string) => boolean;
  /** State of the created pod's container. */
  readonly state?: object;
  /** What the shell that looks for processes prints: "PID NETWORK START" lines. */
  readonly processes?: string;
  /** Addresses that the network of a process has, by its number. */
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
  /** What the program that looks into the node prints. */
  readonly look?: string;
  /** What every program of the image says on stderr. */
  readonly stderr?: string;
  /** Labels of the node. */
  readonly nodeLabels?: Readonly<Record<string, string>>;
}

export interface NodeServer extends AsyncDisposable {
  readonly api: KubeConnection;
  /** Pods that were really created, and names of those that were deleted. */
  readonly created: {
    readonly metadata: { readonly name: string };
    readonly spec: Record<string, unknown>;
  }[];
  readonly deleted: string[];
  /** Namespaces in which a dry run was made. */
  readonly tried: string[];
  /** Command lines that were run. */
  readonly commands: string[][];
}

/** The kernel's table of local addresses, as proc(5) prints it. */
function fibTrie(addresses: readonly string[]): string {
  return addresses.map((address) => `     |-- ${address}\n        /32 host LOCAL\n`).join('');
}

/** Serves the creation, the state and the deletion of node debug pods, and what is run in them. */
export async function startNodeServer(options: NodeServerOptions = {}): Promise<NodeServer> {
  const created: NodeServer['created'] = [];
  const deleted: string[] = [];
  const tried: string[] = [];
  const commands: string[][] = [];
  const create = (namespace: string, isDryRun: boolean, body: string): FakeAnswer => {
    if (isDryRun) tried.push(namespace);
    const refusal = options.refuse?.(namespace);
    if (refusal !== undefined) return refusal;
    const pod = JSON.parse(body) as NodeServer['created'][number];
    if (!isDryRun) created.push(pod);
    return { status: 201, body: { ...pod, metadata: { ...pod.metadata, uid: 'u9' } } };
  };
  const read = (name: string): FakeAnswer => {
    const pod = created.find((one) => one.metadata.name === name);
    if (pod === undefined) return statusObject(404, 'NotFound', 'not found');
    const state = options.state ?? { running: { startedAt: 't' } };
    const status = { phase: 'Running', containerStatuses: [{ name, state }] };
    return { status: 200, body: { ...pod, metadata: { ...pod.metadata, uid: 'u9' }, status } };
  };
  const server = await startFakeApiServer({
    rest: ({ url: path = '/', method }, body) => {
      const url = new URL(path, 'http://x');
      const [, namespace = '', name] = /\/namespaces\/([^/]+)\/pods(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
      if (url.pathname.endsWith('/selfsubjectaccessreviews')) {
        const asked = (JSON.parse(body) as { spec: { resourceAttributes: Record<string, string> } }).spec
          .resourceAttributes;
        const { verb, resource, subresource, namespace: where = '' } = asked;
        const right = `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
        return { status: 201, body: { status: { allowed: options.forbidden?.(right, where) !== true } } };
      }
      if (url.pathname.endsWith('/selfsubjectreviews'))
        return { status: 201, body: { status: { userInfo: { username: 'jane' } } } };
      if (url.pathname === '/api/v1/nodes/node1')
        return { status: 200, body: { metadata: { name: 'node1', labels: options.nodeLabels ?? {} } } };
      if (url.pathname.startsWith('/api/v1/nodes/'))
        return statusObject(
          404,
          'NotFound',
          `nodes "${url.pathname.slice('/api/v1/nodes/'.length)}" not found`,
        );
      if (method === 'POST' && namespace !== '')
        return create(namespace, url.searchParams.get('dryRun') === 'All', body);
      if (method === 'DELETE' && name !== undefined) {
        deleted.push(name);
        return { status: 200, body: {} };
      }
      return name === undefined ? { status: 200, body: { items: [] } } : read(name);
    },
    exec: (socket, url) => {
      const command = url.searchParams.getAll('command');
      commands.push(command);
      socket.send(frame(1, answer(command, options)));
      if (options.stderr !== undefined) socket.send(frame(2, options.stderr));
      socket.send(exitStatus(0));
    },
  });
  const api = connect({ server: server.url }, {});
  return { api, created, deleted, tried, commands, [Symbol.asyncDispose]: server.close };
}

function answer(command: readonly string[], options: NodeServerOptions): string {
  const text = command.join(' ');
  if (text.includes('/proc/self/status')) return 'CapEff:\t000001ffffffffff\n';
  if (text.includes('=== ')) return options.look ?? '';
  if (text.includes('grep -ls')) return options.processes ?? '900 net:[4026532100] 5000\n';
  // argv: sh -c SCRIPT PID NETWORK cat …
  if (text.includes('/proc/net/fib_trie'))
    return fibTrie((options.addresses ?? { '900': ['10.244.1.5'] })[command[3] ?? ''] ?? []);
  return '';
}
