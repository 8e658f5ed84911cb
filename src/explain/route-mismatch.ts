import type { Facts } from '../cluster/facts.ts';
import type { GatewayFacts, HttpRouteFacts, ListenerFacts, ParentFacts } from '../cluster/gateway-facts.ts';
import { listed, path } from './evidence.ts';
import { hostFits } from './http-routes.ts';
import { isObjectName } from './paste.ts';

/** Why a route cannot hang on its Gateway, or cannot reach its Services, as far as the objects themselves say. */
export interface RouteMismatch {
  readonly text: string;
  readonly fix: string;
}

/** Compares a route with its Gateways, grants and Services (Gateway API v1); what was not read is not judged. */
export function routeMismatches(route: HttpRouteFacts, facts: Facts): RouteMismatch[] {
  const { gateways, referenceGrants } = facts.routes ?? {};
  return [
    ...(gateways === undefined || gateways === null
      ? []
      : route.parents.flatMap((parent) => parentMismatch(route, parent, gateways))),
    ...(referenceGrants === undefined || referenceGrants === null ? [] : backendMismatches(route, facts)),
  ];
}

function parentMismatch(
  route: HttpRouteFacts,
  parent: ParentFacts,
  gateways: readonly GatewayFacts[],
): RouteMismatch[] {
  const gateway = gateways.find(
    ({ namespace, name }) => namespace === parent.namespace && name === parent.name,
  );
  if (gateway === undefined)
    return [
      {
        text: `there is no Gateway ${path(parent)}, which its parentRef names`,
        fix: `name an existing Gateway in spec.parentRefs of HTTPRoute ${path(route)}`,
      },
    ];
  const listeners = gateway.listeners.filter(({ name }) => parent.section === '' || name === parent.section);
  if (listeners.length === 0)
    return [
      {
        text: `Gateway ${path(gateway)} has no listener ${parent.section}; it has ${listed(gateway.listeners.map(({ name }) => name))}`,
        fix: `name one of its listeners in spec.parentRefs[].sectionName of HTTPRoute ${path(route)}`,
      },
    ];
  const open = listeners.filter((listener) => admits(listener, gateway, route));
  if (open.length === 0)
    return [
      {
        text: `Gateway ${path(gateway)} admits routes of its own namespace only; the route is in ${route.namespace}`,
        fix: `in the listener of Gateway ${path(gateway)} set allowedRoutes: {namespaces: {from: All}}, or a selector that matches namespace ${route.namespace}`,
      },
    ];
  const isNamed = open.some(
    ({ hostname }) =>
      hostname === '' ||
      route.hostnames.length === 0 ||
      route.hostnames.some((host) => meets(hostname, host)),
  );
  if (isNamed) return [];
  return [
    {
      text: `the listeners of Gateway ${path(gateway)} are for ${listed(open.map(({ hostname }) => hostname))}, the route is for ${listed(route.hostnames)}`,
      fix: `make the hostnames of HTTPRoute ${path(route)} and of the listener meet`,
    },
  ];
}

/** A selector may match or not: taken to match. */
function admits({ allowedFrom }: ListenerFacts, gateway: GatewayFacts, route: HttpRouteFacts): boolean {
  return allowedFrom !== 'Same' || gateway.namespace === route.namespace;
}

function meets(listener: string, host: string): boolean {
  return (
    hostFits(listener, host) ||
    hostFits(host, listener) ||
    (listener.startsWith('*.') && host.endsWith(listener.slice(1)))
  );
}

function backendMismatches(route: HttpRouteFacts, facts: Facts): RouteMismatch[] {
  const backends = route.rules.flatMap((rule) => rule.backends).filter(({ kind }) => kind === 'Service');
  return backends.flatMap((backend): RouteMismatch[] => {
    const isGranted =
      backend.namespace === route.namespace ||
      (facts.routes?.referenceGrants ?? []).some(
        (grant) =>
          grant.namespace === backend.namespace &&
          grant.from.some(({ kind, namespace }) => kind === 'HTTPRoute' && namespace === route.namespace) &&
          grant.to.some(({ kind, name }) => kind === 'Service' && (name === '' || name === backend.name)),
      );
    if (!isGranted) return [grantMissing(route, backend.namespace, backend.name)];
    const isRead = facts.services !== null && (facts.partial?.services?.includes(backend.namespace) ?? true);
    const service = facts.services?.find(
      ({ namespace, name }) => namespace === backend.namespace && name === backend.name,
    );
    if (service === undefined)
      return isRead
        ? [
            {
              text: `there is no Service ${path(backend)}, which its backendRef names`,
              fix: `create the Service, or name another in spec.rules[].backendRefs of HTTPRoute ${path(route)}`,
            },
          ]
        : [];
    if (backend.port === 0 || service.ports.some(({ port }) => port === backend.port)) return [];
    return [
      {
        text: `Service ${path(service)} has no port ${backend.port}; it has ${listed(service.ports.map(({ port }) => String(port)))}`,
        fix: `name one of its ports in spec.rules[].backendRefs of HTTPRoute ${path(route)}`,
      },
    ];
  });
}

function grantMissing(route: HttpRouteFacts, namespace: string, name: string): RouteMismatch {
  const text = `its backend is Service ${namespace}/${name}, and no ReferenceGrant in namespace ${namespace} admits HTTPRoutes of namespace ${route.namespace}`;
  if (![namespace, name, route.namespace].every(isObjectName))
    return { text, fix: 'create a ReferenceGrant in the namespace of the Service' };
  return {
    text,
    fix: [
      'admit the reference in the namespace of the Service, or use a Service of the route’s own namespace:',
      'apiVersion: gateway.networking.k8s.io/v1beta1',
      'kind: ReferenceGrant',
      'metadata:',
      `  name: routes-of-${route.namespace}`.slice(0, 63),
      `  namespace: ${namespace}`,
      'spec:',
      '  from:',
      '  - group: gateway.networking.k8s.io',
      '    kind: HTTPRoute',
      `    namespace: ${route.namespace}`,
      '  to:',
      '  - group: ""',
      '    kind: Service',
      `    name: ${name}`,
    ].join('\n'),
  };
}
