import type { FailedRequest } from '../detect/finding.ts';
import { listed, path } from '../explain/evidence.ts';
import type { CauseId } from '../explain/explanation.ts';
import { ingressWays, routesFor } from '../explain/http-routes.ts';
import { expectedCauses } from './expected.ts';
import { causeText, layerOf, type JudgedLayer, type LayerInput } from './layer.ts';

const IDS: readonly CauseId[] = ['gateway-not-accepted', 'ingress-backend-missing'];
/** What controllers answer where they have nobody to ask. */
const UNAVAILABLE = 503;
/** Names of Ingresses are often known outside of the cluster only. */
const VIA_HINT = '; where pods do not find the name, ask the controller itself: --via svc/NAME';

/**
 * Where an Ingress or an HTTPRoute that names the URL's host leads it. null: there is no URL, or none names it, or they
 * could not be read.
 */
export function backendLayer(input: LayerInput): JudgedLayer | null {
  const { route, facts } = input;
  const url = route.server.url === null ? null : URL.parse(route.server.url);
  if (url === null || facts.routes === undefined) return null;
  const request: FailedRequest = {
    method: 'GET',
    host: url.hostname,
    path: url.pathname,
    status: UNAVAILABLE,
    count: 1,
  };
  const ways = ingressWays(request, facts.routes.ingresses ?? []).filter(({ byHost }) => byHost);
  const routes = routesFor(request, facts.routes.httpRoutes ?? []);
  if (ways.length === 0 && routes.length === 0) return null;
  const causes = expectedCauses(
    {
      id: 'http-5xx',
      client: route.client.address,
      dial: route.dials[0] ?? { address: '0.0.0.0', port: route.port },
      protocol: 'TCP',
      details: { requests: [request] },
    },
    'backend',
    IDS,
    input,
  ).filter(({ confidence }) => confidence !== 'possible');
  const hint = route.dials.length === 0 ? VIA_HINT : '';
  if (causes.length > 0) return layerOf('backend', 'fails', `${causeText(causes, '')}${hint}`, { causes });
  const unseen = routes.filter(({ statuses }) => statuses.length === 0);
  const text = [
    ...ways.map(
      ({ ingress, backend }) =>
        `Ingress ${path(ingress)} leads it to port ${String(backend.port)} of Service ${ingress.namespace}/${backend.service}`,
    ),
    ...routes.map((one) => `HTTPRoute ${path(one)} is for it`),
  ];
  return unseen.length === 0
    ? layerOf('backend', 'ok', `${listed(text)}${hint}`)
    : layerOf('backend', 'unknown', `${listed(text)}; no controller has said whether it takes it${hint}`);
}
