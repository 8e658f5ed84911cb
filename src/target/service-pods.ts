import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { selectorText } from './label-selector.ts';
import type { Target } from './parse-target.ts';
import type { ObjectMeta, PodObject } from './pod-object.ts';
import { collectionPath } from './target-kinds.ts';

/** The parts of a Service that targeting reads (Kubernetes API v1). */
export interface ServiceObject {
  readonly metadata: ObjectMeta;
  readonly spec?: {
    readonly type?: string;
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
    readonly externalName?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly name?: string; readonly port?: number }[];
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] };
  };
}

/** The parts of an EndpointSlice that targeting reads (discovery.k8s.io/v1). */
export interface EndpointSliceObject {
  readonly endpoints?:
    | readonly {
        readonly addresses?: readonly string[];
        readonly targetRef?: { readonly kind?: string; readonly name?: string };
      }[]
    | null;
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[] | null;
}

/** The EndpointSlices of a Service. Throws ApiError. */
export async function serviceSlices(
  api: KubeApi,
  service: Pick<Target, 'namespace' | 'name'>,
): Promise<EndpointSliceObject[]> {
  return await api.list<EndpointSliceObject>(
    `/apis/discovery.k8s.io/v1/namespaces/${service.namespace}/endpointslices`,
    { labelSelector: `kubernetes.io/service-name=${service.name}` },
  );
}

/**
 * The pods behind a Service, ready or not: those that its EndpointSlices name, or, where these cannot
 * be read, those that its selector matches. Throws {@link UserError} for a Service that can have none.
 */
export async function servicePods(
  api: KubeApi,
  target: Pick<Target, 'namespace' | 'name'>,
  service: ServiceObject,
): Promise<PodObject[]> {
  const { type, externalName = '', selector = {} } = service.spec ?? {};
  if (type === 'ExternalName')
    throw new UserError(
      `Service ${target.namespace}/${target.name} has no pods`,
      `it is another name for ${externalName}, outside of the cluster (ExternalName)`,
      `Trace the pod that uses it: kubectl netdebug trace pod/CLIENT -n ${target.namespace} --to ${externalName}`,
    );
  const hasSelector = Object.keys(selector).length > 0;
  const query = hasSelector ? { labelSelector: selectorText({ matchLabels: selector }) } : {};
  const [pods, slices] = await Promise.all([
    api.list<PodObject>(collectionPath('pod', target.namespace), query),
    serviceSlices(api, target).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 403) return undefined;
      throw error;
    }),
  ]);
  if (slices === undefined) return hasSelector ? pods : [];
  const names = new Set(
    slices.flatMap(({ endpoints }) =>
      (endpoints ?? []).flatMap(({ targetRef }) => (targetRef?.kind === 'Pod' ? [targetRef.name] : [])),
    ),
  );
  return pods.filter(({ metadata }) => names.has(metadata.name));
}
