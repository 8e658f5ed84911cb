import { addressKey } from '../cluster/address.ts';
import type { GatewayFacts, HttpRouteFacts } from '../cluster/gateway-facts.ts';
import type { IngressBackendFacts, IngressFacts } from '../cluster/ingress-facts.ts';
import type { FailedRequest } from '../detect/finding.ts';
import type { PlacedFinding, Situation } from './explainer.ts';

/** How well a rule fits a request; higher is better, null: not at all. */
type Fit = number | null;

/** The host of a request without its port, lower case. */
export function hostOf({ host }: Pick<FailedRequest, 'host'>): string {
  return host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
}

/**
 * Whether a host is served by a rule's: '' serves all, "*.a.example" names one label below (Ingress) or any
 * (Gateway API) – only what both agree on counts.
 */
export function hostFits(rule: string, host: string): boolean {
  if (rule === '') return true;
  if (!rule.startsWith('*.')) return rule.toLowerCase() === host;
  const suffix = rule.slice(1).toLowerCase();
  return host.endsWith(suffix) && !host.slice(0, -suffix.length).includes('.') && host.length > suffix.length;
}

/** Whether a path is served by a rule's, element by element for prefixes (Kubernetes docs, "Ingress"). */
function pathFit(type: string, rule: string, path: string): Fit {
  if (rule === '' || rule === '/') return 0;
  if (type === 'RegularExpression') return null;
  const own = path.split('/');
  const wanted = rule.replace(/\/+$/, '').split('/');
  // Numbers and the like in a request's path are kept as "{n}": they may be what the rule has there.
  const fits = wanted.every((word, at) => own[at] === word || own[at]?.startsWith('{') === true);
  if (!fits || (type === 'Exact' && own.length !== wanted.length)) return null;
  return type === 'Exact' ? 10_000 : rule.length;
}

/** An Ingress' backend that a request is led to. */
export interface IngressWay {
  readonly ingress: IngressFacts;
  readonly backend: IngressBackendFacts;
  /** The rule names the request's host itself. */
  readonly byHost: boolean;
}

/** The backends that the Ingresses lead a request to: those of the most exact host, then of the longest path. */
export function ingressWays(request: FailedRequest, ingresses: readonly IngressFacts[]): IngressWay[] {
  const host = hostOf(request);
  const fits = ingresses.flatMap((ingress) =>
    ingress.backends.flatMap((backend) => {
      const fit = hostFits(backend.host, host) ? pathFit(backend.pathType, backend.path, request.path) : null;
      if (fit === null) return [];
      const hostScore = backend.host === '' ? 0 : backend.host.startsWith('*.') ? 1 : 2;
      return [{ ingress, backend, byHost: backend.host !== '', score: hostScore * 100_000 + fit }];
    }),
  );
  const best = fits.reduce((most, { score }) => Math.max(most, score), -1);
  return fits.filter(({ score }) => score === best);
}

/** HTTPRoutes that name a request's host and path. */
export function routesFor(request: FailedRequest, routes: readonly HttpRouteFacts[]): HttpRouteFacts[] {
  const host = hostOf(request);
  return routes.filter(
    ({ hostnames, rules }) =>
      hostnames.some((one) => one !== '' && hostFits(one, host)) &&
      rules.some(
        ({ paths }) =>
          paths.length === 0 || paths.some(({ type, value }) => pathFit(type, value, request.path) !== null),
      ),
  );
}

/** Labels by which the pods of usual controllers are known (app.kubernetes.io/name, app). */
const CONTROLLERS: ReadonlySet<string> = new Set([
  'ambassador',
  'contour',
  'envoy',
  'envoy-gateway',
  'haproxy-ingress',
  'ingress-nginx',
  'istio-ingressgateway',
  'kong',
  'kubernetes-ingress',
  'nginx-gateway',
  'nginx-ingress',
  'traefik',
]);

/** Whether one of the addresses, as the status of an Ingress or a Gateway names them, is the server of a finding. */
export function isAt({ address, service }: PlacedFinding, addresses: readonly string[]): boolean {
  const own = [address, ...(service === null ? [] : [...service.clusterIPs, ...service.externalIPs])].map(
    addressKey,
  );
  return addresses.some((one) => own.includes(addressKey(one)));
}

/** Whether the server of a finding has the labels of a controller: of which Ingresses or Gateways is not known by that. */
export function looksLikeController(placed: PlacedFinding, { directory }: Situation): boolean {
  const { service } = placed;
  const pods = [
    directory.podAt(placed.address),
    ...(service === null ? [] : directory.endpointsOf(service).map(({ pod }) => pod)),
  ];
  return pods.some((pod) =>
    [pod?.labels['app.kubernetes.io/name'], pod?.labels['app']].some(
      (label) => label !== undefined && CONTROLLERS.has(label),
    ),
  );
}

/** The Gateway at the address of a finding, by its status; null if none is. */
export function gatewayAt(placed: PlacedFinding, gateways: readonly GatewayFacts[]): GatewayFacts | null {
  return gateways.find(({ addresses }) => isAt(placed, addresses)) ?? null;
}
