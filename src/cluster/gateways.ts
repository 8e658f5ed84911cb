import type {
  ConditionFacts,
  GatewayFacts,
  HttpRouteFacts,
  ListenerFacts,
  ParentFacts,
  ReferenceGrantFacts,
  RouteRuleFacts,
} from './gateway-facts.ts';
import { addressKey } from './address.ts';
import { asList, asNumber, asObject, asText, asTexts } from './raw.ts';

type Raw = Readonly<Record<string, unknown>>;

/** Reduces a Gateway of the API (Gateway API v1). */
export function toGatewayFacts(raw: unknown): GatewayFacts {
  const { metadata, spec, status } = partsOf(raw);
  const states = asList(status['listeners']).map(asObject);
  return {
    namespace: asText(metadata['namespace']),
    name: asText(metadata['name']),
    className: asText(spec['gatewayClassName']),
    addresses: asList(status['addresses'])
      .map((entry) => asText(asObject(entry)['value']))
      .filter((address) => addressKey(address) !== ''),
    listeners: asList(spec['listeners'])
      .map(asObject)
      .map((listener) => toListener(listener, states)),
    conditions: toConditions(status['conditions']),
  };
}

function toListener(listener: Raw, states: readonly Raw[]): ListenerFacts {
  const name = asText(listener['name']);
  const allowed = asObject(asObject(listener['allowedRoutes'])['namespaces']);
  return {
    name,
    port: asNumber(listener['port']),
    protocol: asText(listener['protocol']),
    hostname: asText(listener['hostname']).toLowerCase(),
    allowedFrom: asText(allowed['from']) || 'Same',
    conditions: toConditions(states.find((state) => state['name'] === name)?.['conditions']),
  };
}

/** Reduces an HTTPRoute of the API (Gateway API v1). Names without a namespace are of the route's own. */
export function toHttpRouteFacts(raw: unknown): HttpRouteFacts {
  const { metadata, spec, status } = partsOf(raw);
  const namespace = asText(metadata['namespace']);
  return {
    namespace,
    name: asText(metadata['name']),
    hostnames: asTexts(spec['hostnames']).map((host) => host.toLowerCase()),
    parents: asList(spec['parentRefs']).map((ref) => toParent(asObject(ref), namespace)),
    rules: asList(spec['rules'])
      .map(asObject)
      .map((rule) => toRule(rule, namespace)),
    statuses: asList(status['parents'])
      .map(asObject)
      .map((parent) => ({
        parent: toParent(asObject(parent['parentRef']), namespace),
        conditions: toConditions(parent['conditions']),
      })),
  };
}

function toParent(ref: Raw, namespace: string): ParentFacts {
  return {
    namespace: asText(ref['namespace']) || namespace,
    name: asText(ref['name']),
    section: asText(ref['sectionName']),
  };
}

function toRule(rule: Raw, namespace: string): RouteRuleFacts {
  return {
    paths: asList(rule['matches'])
      .map((match) => asObject(asObject(match)['path']))
      .map((path) => ({ type: asText(path['type']) || 'PathPrefix', value: asText(path['value']) || '/' })),
    backends: asList(rule['backendRefs'])
      .map(asObject)
      .map((ref) => ({
        kind: asText(ref['kind']) || 'Service',
        namespace: asText(ref['namespace']) || namespace,
        name: asText(ref['name']),
        port: asNumber(ref['port']),
      })),
  };
}

/** Reduces a ReferenceGrant of the API (Gateway API v1beta1). */
export function toReferenceGrantFacts(raw: unknown): ReferenceGrantFacts {
  const { metadata, spec } = partsOf(raw);
  return {
    namespace: asText(metadata['namespace']),
    name: asText(metadata['name']),
    from: asList(spec['from'])
      .map(asObject)
      .map((from) => ({ kind: asText(from['kind']), namespace: asText(from['namespace']) })),
    to: asList(spec['to'])
      .map(asObject)
      .map((to) => ({ kind: asText(to['kind']), name: asText(to['name']) })),
  };
}

function partsOf(raw: unknown): { readonly metadata: Raw; readonly spec: Raw; readonly status: Raw } {
  const object = asObject(raw);
  return {
    metadata: asObject(object['metadata']),
    spec: asObject(object['spec']),
    status: asObject(object['status']),
  };
}

function toConditions(raw: unknown): ConditionFacts[] {
  return asList(raw)
    .map(asObject)
    .map((condition) => ({
      type: asText(condition['type']),
      status: asText(condition['status']),
      reason: asText(condition['reason']),
      message: asText(condition['message']).slice(0, 300),
    }));
}
