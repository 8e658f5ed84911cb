import { describe, expect, test } from 'vitest';
import type { ProbeResult } from '../../src/check/check-report.ts';
import type { CheckServer } from '../../src/check/route.ts';
import { withProbes } from '../../src/check/probed.ts';
import type { RouteFacts } from '../../src/cluster/gateway-facts.ts';
import { condition, httpRoute, ingress, routes } from '../explain/route-builders.ts';
import { layer, NOBODY, PAYMENTS, SHOP, statuses, verdictOf, way } from './evaluate.ts';

const URL = 'http://shop.example/api/pay';
/** The URL asked at a Service of the cluster. */
const VIA: CheckServer = {
  ...PAYMENTS,
  text: `${URL} via svc/payments`,
  url: URL,
  port: 80,
  protocol: 'TCP',
};
const asked = (part: Partial<RouteFacts>, server = VIA) => way({ ...SHOP, routes: routes(part) }, server);
const missing = { ingresses: [ingress([{ service: 'payment' }])] };

describe('backend', () => {
  test('an Ingress that leads nowhere fails by the objects alone, at most likely', () => {
    const checked = asked(missing);
    expect(checked.causes).toMatchObject([
      { id: 'ingress-backend-missing', layer: 'backend', confidence: 'likely' },
    ]);
    expect(layer(checked, 'backend').seen).toContain('Service shop/payment, which does not exist');
    expect(verdictOf(checked)).toMatchObject({ outcome: 'fails', layer: 'backend' });
  });

  test('the host alone says so as well, whatever its name means', () => {
    const checked = asked(missing, { ...NOBODY, name: 'shop.example', url: URL, port: 80 });
    expect(statuses(checked, 'dns', 'backend')).toBe('dns unknown, backend fails');
    expect(layer(checked, 'backend').seen).toContain('--via svc/NAME');
    expect(layer(asked(missing), 'backend').seen).not.toContain('--via');
  });

  test('a backend that is there is named', () => {
    expect(layer(asked({ ingresses: [ingress([{}])] }), 'backend')).toMatchObject({
      status: 'ok',
      seen: 'Ingress shop/web leads it to port 80 of Service shop/payments',
    });
  });

  test('a route that its controller refuses fails, one that none has judged is not known', () => {
    const refused = condition('ResolvedRefs', 'False', 'RefNotPermitted', 'not permitted');
    expect(asked({ httpRoutes: [httpRoute([refused])] }).causes).toMatchObject([
      { id: 'gateway-not-accepted', layer: 'backend', confidence: 'likely' },
    ]);
    const route = { ...httpRoute([refused]), statuses: [] };
    expect(layer(asked({ httpRoutes: [route] }), 'backend').status).toBe('unknown');
  });

  test.each<[string, Parameters<typeof asked>]>([
    ['no URL', [missing, PAYMENTS]],
    ['a host that no rule names', [{ ingresses: [ingress([{ host: '', service: 'payment' }])] }]],
    ['Ingresses that could not be read', [{ ingresses: null, httpRoutes: null }]],
  ])('not judged: %s', (_, [part, server]) => {
    expect(statuses(asked(part, server), 'backend')).toBe('');
  });

  test('a request that is answered has found its backend', () => {
    const answered: ProbeResult = {
      layer: 'http',
      what: `GET ${URL}`,
      status: 'ok',
      seen: 'HTTP/1.1 200 after 1 ms',
      server: '10.96.3.4:80',
    };
    const probed = withProbes(asked(missing), [answered], { findings: [], causes: [] });
    expect(statuses(probed, 'backend')).toBe('backend warning');
    expect(probed.causes).toEqual([]);
  });
});
