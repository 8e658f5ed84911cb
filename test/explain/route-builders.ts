import type {
  ConditionFacts,
  GatewayFacts,
  HttpRouteFacts,
  RouteFacts,
} from '../../src/cluster/gateway-facts.ts';
import type { IngressBackendFacts, IngressFacts } from '../../src/cluster/ingress-facts.ts';

export function ingress(
  backends: readonly Partial<IngressBackendFacts>[],
  part: Partial<IngressFacts> = {},
): IngressFacts {
  return {
    namespace: 'shop',
    name: 'web',
    className: 'nginx',
    backends: backends.map((backend) => ({
      host: 'shop.example',
      path: '/',
      pathType: 'Prefix',
      service: 'payments',
      port: 80,
      ...backend,
    })),
    tlsSecrets: [],
    addresses: [],
    ...part,
  };
}

export function routes(part: Partial<RouteFacts> = {}): RouteFacts {
  return {
    ingresses: [],
    ingressClasses: [{ name: 'nginx', isDefault: false }],
    gateways: [],
    httpRoutes: [],
    referenceGrants: [],
    ...part,
  };
}

export function condition(type: string, status: string, reason = '', message = ''): ConditionFacts {
  return { type, status, reason, message };
}

export function gateway(part: Partial<GatewayFacts> = {}): GatewayFacts {
  return {
    namespace: 'shop',
    name: 'edge',
    className: 'x',
    addresses: [],
    listeners: [
      { name: 'http', port: 80, protocol: 'HTTP', hostname: '', allowedFrom: 'Same', conditions: [] },
    ],
    conditions: [],
    ...part,
  };
}

export function httpRoute(
  conditions: readonly ConditionFacts[],
  part: Partial<HttpRouteFacts> = {},
): HttpRouteFacts {
  const parent = { namespace: 'shop', name: 'edge', section: '' };
  return {
    namespace: 'shop',
    name: 'web',
    hostnames: ['shop.example'],
    parents: [parent],
    rules: [{ paths: [], backends: [{ kind: 'Service', namespace: 'shop', name: 'payments', port: 80 }] }],
    statuses: [{ parent, conditions }],
    ...part,
  };
}
