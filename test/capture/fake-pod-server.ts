import { connect } from '../../src/kube/connect.ts';
import type { KubeConnection } from '../../src/kube/exec-api.ts';
import type { PodObject } from '../../src/target/pod-object.ts';
import { exitStatus, frame, startFakeApiServer, statusObject } from '../kube/fake-api-server.ts';
import type { FakeAnswer, FakeApiServer } from '../kube/fake-api-server.ts';

/** A pod that runs, and how a test bends what its API server says. */
export interface PodServerOptions {
  readonly pod?: PodObject;
  /** Answer to adding a container; undefined: it is added. */
  readonly refuse?: (
    spec: { readonly name: string; readonly securityContext: { readonly capabilities?: unknown } },
    isDryRun: boolean,
  ) => FakeAnswer | undefined;
  /** "verb resource" that the user may not do. */
  readonly forbidden?: readonly string[];
  /** State of a container that was added. */
  readonly state?: object;
  readonly minor?: string;
  readonly effectiveCapabilities?: string;
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  readonly nodeLabels?: Readonly<Record<string, string>>;
}

export interface PodServer {
  readonly api: KubeConnection;
  readonly server: FakeApiServer;
  /** Containers that were really added. */
  readonly added: object[];
  readonly dryRuns: object[];
  /** Every form that was asked for, admitted or not. */
  readonly asked: object[];
}

export const runningPod: PodObject = {
  metadata: { name: 'client', namespace: 'shop', uid: 'u1' },
  spec: { nodeName: 'node1' },
  status: { phase: 'Running', podIPs: [{ ip: '10.244.1.5' }] },
};

/** Capabilities of containerd's default set, NET_RAW among them. */
const defaultCapabilities = '00000000a80425fb';

/** Serves one pod, its ephemeral containers, access reviews and `cat /proc/self/status`. */
export async function startPodServer(options: PodServerOptions): Promise<PodServer> {
  const added: object[] = [];
  const dryRuns: object[] = [];
  const asked: object[] = [];
  const base = options.pod ?? runningPod;
  const currentPod = (): object => {
    const names = added.map((container) => (container as { name: string }).name);
    const statuses = names.map((name) => ({
      name,
      state: options.state ?? { running: { startedAt: new Date().toISOString() } },
    }));
    return {
      ...base,
      spec: { ...base.spec, ephemeralContainers: [...(base.spec?.ephemeralContainers ?? []), ...added] },
      status: {
        ...base.status,
        ephemeralContainerStatuses: [...(base.status?.ephemeralContainerStatuses ?? []), ...statuses],
      },
    };
  };
  const review = (body: string): FakeAnswer => {
    const { verb, resource, subresource } = (
      JSON.parse(body) as { spec: { resourceAttributes: Record<string, string> } }
    ).spec.resourceAttributes;
    const right = `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
    return { status: 201, body: { status: { allowed: options.forbidden?.includes(right) !== true } } };
  };
  const patch = (url: URL, body: string): FakeAnswer => {
    const spec = (
      JSON.parse(body) as {
        spec: { ephemeralContainers: [{ name: string; securityContext: { capabilities?: unknown } }] };
      }
    ).spec.ephemeralContainers[0];
    const isDryRun = url.searchParams.get('dryRun') === 'All';
    asked.push(spec);
    const refusal = options.refuse?.(spec, isDryRun);
    if (refusal !== undefined) return refusal;
    (isDryRun ? dryRuns : added).push(spec);
    return { status: 200, body: currentPod() };
  };
  const server = await startFakeApiServer({
    rest: (request, body) => {
      const url = new URL(request.url ?? '/', 'http://x');
      if (url.pathname.endsWith('/selfsubjectaccessreviews')) return review(body);
      if (url.pathname === '/version') return { status: 200, body: { minor: options.minor ?? '34' } };
      if (url.pathname.endsWith('/ephemeralcontainers')) return patch(url, body);
      if (url.pathname.endsWith('/pods/client')) return { status: 200, body: currentPod() };
      if (url.pathname.endsWith('/events'))
        return {
          status: 200,
          body: {
            items: [
              {
                reason: 'Failed',
                message: 'manifest unknown',
                lastTimestamp: 't',
                involvedObject: {
                  fieldPath: `spec.ephemeralContainers{${(added[0] as { name: string } | undefined)?.name ?? ''}}`,
                },
              },
            ],
          },
        };
      if (url.pathname === '/api/v1/nodes/node1')
        return { status: 200, body: { metadata: { name: 'node1', labels: options.nodeLabels ?? {} } } };
      if (url.pathname === '/api/v1/namespaces/shop')
        return { status: 200, body: { metadata: { labels: options.namespaceLabels ?? {} } } };
      return statusObject(404, 'NotFound', 'not found');
    },
    exec: (socket) => {
      socket.send(frame(1, `CapEff:\t${options.effectiveCapabilities ?? defaultCapabilities}\n`));
      socket.send(exitStatus(0));
    },
  });
  return { api: connect({ server: server.url }, {}), server, added, dryRuns, asked };
}
