import type {
  ConditionFacts,
  GatewayFacts,
  HttpRouteFacts,
  ListenerFacts,
  ParentFacts,
  ReferenceGrantFacts,
  RouteFacts,
  RouteRuleFacts,
} from '../cluster/gateway-facts.ts';
import type { IngressBackendFacts, IngressClassFacts, IngressFacts } from '../cluster/ingress-facts.ts';
import { either, flag, integer, list, nullable, object, text, type Shape } from './shape.ts';

const texts = list(text());
const name = { namespace: text(), name: text() };

const condition: Shape<ConditionFacts> = object({
  type: text(),
  status: text(),
  reason: text(),
  message: text(),
});

const listener: Shape<ListenerFacts> = object({
  name: text(),
  port: integer(),
  protocol: text(),
  hostname: text(),
  allowedFrom: text(),
  conditions: list(condition),
});

const gateway: Shape<GatewayFacts> = object({
  ...name,
  className: text(),
  addresses: texts,
  listeners: list(listener),
  conditions: list(condition),
});

const parent: Shape<ParentFacts> = object({ ...name, section: text() });

const rule: Shape<RouteRuleFacts> = object({
  paths: list(object({ type: text(), value: text() })),
  backends: list(object({ ...name, kind: text(), port: integer() })),
});

const httpRoute: Shape<HttpRouteFacts> = object({
  ...name,
  hostnames: texts,
  parents: list(parent),
  rules: list(rule),
  statuses: list(object({ parent, conditions: list(condition) })),
});

const referenceGrant: Shape<ReferenceGrantFacts> = object({
  ...name,
  from: list(object({ kind: text(), namespace: text() })),
  to: list(object({ kind: text(), name: text() })),
});

const backend: Shape<IngressBackendFacts> = object({
  host: text(),
  path: text(),
  pathType: text(),
  service: text(),
  port: either<number, string>(integer(), text()),
});

const ingress: Shape<IngressFacts> = object({
  ...name,
  className: text(),
  backends: list(backend),
  tlsSecrets: texts,
  addresses: texts,
});

const ingressClass: Shape<IngressClassFacts> = object({ name: text(), isDefault: flag });

/** The form of Ingresses and Gateways in facts.json; must follow `cluster/gateway-facts.ts`. */
export const routes: Shape<RouteFacts> = object({
  ingresses: nullable(list(ingress)),
  ingressClasses: nullable(list(ingressClass)),
  gateways: nullable(list(gateway)),
  httpRoutes: nullable(list(httpRoute)),
  referenceGrants: nullable(list(referenceGrant)),
});
