import type { Target } from './parse-target.ts';
import type { ObjectMeta } from './pod-object.ts';

interface IngressBackend {
  readonly service?: { readonly name?: string };
}

/** The parts of an Ingress that targeting reads (networking.k8s.io/v1). */
export interface IngressObject {
  readonly metadata: ObjectMeta;
  readonly spec?: {
    readonly defaultBackend?: IngressBackend;
    readonly rules?: readonly {
      readonly http?: { readonly paths?: readonly { readonly backend?: IngressBackend }[] };
    }[];
  };
}

/** The parts of an HTTPRoute that targeting reads (gateway.networking.k8s.io/v1). */
export interface HttpRouteObject {
  readonly metadata: ObjectMeta;
  readonly spec?: {
    readonly rules?: readonly {
      readonly backendRefs?: readonly {
        readonly kind?: string;
        readonly name?: string;
        readonly namespace?: string;
      }[];
    }[];
  };
}

/** The Services that an Ingress sends requests to, each once. */
export function ingressServices(ingress: IngressObject, asked: string): Target[] {
  const { defaultBackend, rules = [] } = ingress.spec ?? {};
  const backends = [
    defaultBackend,
    ...rules.flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend)),
  ];
  const { namespace } = ingress.metadata;
  return once(
    backends.flatMap((backend) => {
      const name = backend?.service?.name;
      return name === undefined ? [] : [{ kind: 'service', namespace, name, asked } as const];
    }),
  );
}

/** The Services that an HTTPRoute sends requests to, each once. */
export function httpRouteServices(route: HttpRouteObject, asked: string): Target[] {
  const references = (route.spec?.rules ?? []).flatMap(({ backendRefs }) => backendRefs ?? []);
  return once(
    references.flatMap(({ kind = 'Service', name, namespace = route.metadata.namespace }) =>
      kind !== 'Service' || name === undefined ? [] : [{ kind: 'service', namespace, name, asked } as const],
    ),
  );
}

function once(targets: readonly Target[]): Target[] {
  return [...new Map(targets.map((target) => [`${target.namespace}/${target.name}`, target])).values()];
}
