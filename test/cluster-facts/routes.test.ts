import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectFacts, type FactsRequest } from '../../src/cluster/collect.ts';
import { HEALTHY, meta } from './answers.ts';
import { fakeApi, forbidden } from './fake-api.ts';

const REQUEST: FactsRequest = { targets: [], resolver: null, topics: ['routes'] };
const GATEWAYS = '/apis/gateway.networking.k8s.io/v1';
const INGRESSES = '/apis/networking.k8s.io/v1';
const condition = { type: 'Accepted', status: 'False', reason: 'NoMatchingParent', message: 'no listener' };

describe('routes', () => {
  it('are Ingresses and, where there are such kinds, Gateways with what is said of them', async () => {
    const { routes, unreadable } = await collectFacts(
      fakeApi({
        ...HEALTHY,
        [`${INGRESSES}/ingresses`]: [
          {
            metadata: meta('shop', 'web'),
            spec: {
              ingressClassName: 'nginx',
              rules: [
                {
                  host: 'Shop.example',
                  http: {
                    paths: [
                      {
                        path: '/api',
                        pathType: 'Prefix',
                        backend: { service: { name: 'api', port: { number: 80 } } },
                      },
                    ],
                  },
                },
              ],
            },
            status: { loadBalancer: { ingress: [{ ip: '203.0.113.5' }, { hostname: 'lb.example' }] } },
          },
        ],
        [`${INGRESSES}/ingressclasses`]: [{ metadata: { name: 'nginx' } }],
        [`${GATEWAYS}/gateways`]: [
          {
            metadata: meta('infra', 'edge'),
            spec: { gatewayClassName: 'x', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
            status: {
              addresses: [{ type: 'IPAddress', value: '203.0.113.6' }, { value: 'gw.example' }],
              listeners: [{ name: 'http', conditions: [condition] }],
            },
          },
        ],
        [`${GATEWAYS}/httproutes`]: [
          {
            metadata: meta('shop', 'web'),
            spec: {
              hostnames: ['Shop.example'],
              parentRefs: [{ name: 'edge', namespace: 'infra' }],
              rules: [{ matches: [{ path: { value: '/api' } }], backendRefs: [{ name: 'api', port: 80 }] }],
            },
            status: {
              parents: [{ parentRef: { name: 'edge', namespace: 'infra' }, conditions: [condition] }],
            },
          },
        ],
      }),
      REQUEST,
    );
    const parent = { namespace: 'infra', name: 'edge', section: '' };
    expect(routes).toEqual({
      ingresses: [
        {
          namespace: 'shop',
          name: 'web',
          className: 'nginx',
          backends: [{ host: 'shop.example', path: '/api', pathType: 'Prefix', service: 'api', port: 80 }],
          tlsSecrets: [],
          addresses: ['203.0.113.5'],
        },
      ],
      ingressClasses: [{ name: 'nginx', isDefault: false }],
      gateways: [
        {
          namespace: 'infra',
          name: 'edge',
          className: 'x',
          addresses: ['203.0.113.6'],
          listeners: [
            {
              name: 'http',
              port: 80,
              protocol: 'HTTP',
              hostname: '',
              allowedFrom: 'Same',
              conditions: [condition],
            },
          ],
          conditions: [],
        },
      ],
      httpRoutes: [
        {
          namespace: 'shop',
          name: 'web',
          hostnames: ['shop.example'],
          parents: [parent],
          rules: [
            {
              paths: [{ type: 'PathPrefix', value: '/api' }],
              backends: [{ kind: 'Service', namespace: 'shop', name: 'api', port: 80 }],
            },
          ],
          statuses: [{ parent, conditions: [condition] }],
        },
      ],
      referenceGrants: [],
    });
    expect(unreadable.some(({ what }) => what.includes('ingress') || what.includes('gateway'))).toBe(false);
  });

  it('survive objects of any shape', async () => {
    const kinds = [`${INGRESSES}/ingresses`, `${INGRESSES}/ingressclasses`, `${GATEWAYS}/gateways`];
    const paths = [...kinds, `${GATEWAYS}/httproutes`, `${GATEWAYS}/referencegrants`];
    await fc.assert(
      fc.asyncProperty(fc.anything({ maxDepth: 4 }), fc.json(), async (junk, text) => {
        const some = [junk, JSON.parse(text), { metadata: junk, spec: junk, status: junk }];
        const answers = Object.fromEntries(paths.map((path) => [path, some]));
        const { routes } = await collectFacts(fakeApi({ ...HEALTHY, ...answers }), REQUEST);
        expect(JSON.parse(JSON.stringify(routes))).toEqual(routes);
      }),
      { numRuns: 100 },
    );
  });

  it('that may not be listed are null, never none', async () => {
    const { routes, unreadable } = await collectFacts(
      fakeApi({ ...HEALTHY, [`${INGRESSES}/ingresses`]: forbidden('ingresses') }),
      REQUEST,
    );
    expect(routes).toMatchObject({ ingresses: null, gateways: [] });
    expect(unreadable.find(({ what }) => what === 'ingresses.networking.k8s.io')?.fix).toContain('["list"]');
  });
});
