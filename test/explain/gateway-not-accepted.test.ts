import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { RouteFacts } from '../../src/cluster/gateway-facts.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, facts, finding, group, ranked, rejected, service } from './builders.ts';
import { condition, gateway, httpRoute, routes } from './route-builders.ts';

const EDGE = '10.96.3.9:80';
const REFUSED = condition('ResolvedRefs', 'False', 'RefNotPermitted', 'backend is in another namespace');
const SERVED = gateway({ addresses: ['10.96.3.9'] });
const failed = finding('http-5xx', EDGE, {
  details: { requests: [{ method: 'GET', host: 'shop.example', path: '/', status: 500, count: 4 }] },
});

function around(part: Partial<RouteFacts>, more: Partial<Facts> = {}): Facts {
  return facts({
    services: [service('edge', '10.96.3.9'), service('payments', '10.96.3.4')],
    routes: routes({ gateways: [SERVED], ...part }),
    ...more,
  });
}

describe('gateway-not-accepted', () => {
  it.each<[string, Finding, Facts, string[]]>([
    ['references are not resolved', failed, around({ httpRoutes: [httpRoute([REFUSED])] }), ['certain']],
    [
      'all is well',
      failed,
      around({ httpRoutes: [httpRoute([condition('Accepted', 'True'), condition('ResolvedRefs', 'True')])] }),
      [],
    ],
    [
      'a condition that is no fault',
      failed,
      around({ httpRoutes: [httpRoute([condition('PartiallyInvalid', 'False')])] }),
      [],
    ],
    [
      'a route for another host',
      failed,
      around({ httpRoutes: [httpRoute([REFUSED], { hostnames: ['other.example'] })] }),
      [],
    ],
    ['a route for every host', failed, around({ httpRoutes: [httpRoute([REFUSED], { hostnames: [] })] }), []],
    [
      'a route for another path',
      failed,
      around({
        httpRoutes: [
          httpRoute([REFUSED], { rules: [{ paths: [{ type: 'PathPrefix', value: '/api' }], backends: [] }] }),
        ],
      }),
      [],
    ],
    [
      'the server is not known to be a Gateway',
      failed,
      around({ httpRoutes: [httpRoute([REFUSED])], gateways: [gateway()] }),
      ['likely'],
    ],
    [
      'the Gateway is at another address than the server',
      failed,
      around({ httpRoutes: [httpRoute([REFUSED])], gateways: [gateway({ addresses: ['192.0.2.7'] })] }),
      ['possible'],
    ],
    ['routes were not read', failed, around({ httpRoutes: null }), []],
    [
      'the listener is not programmed, and the connection refused',
      rejected(EDGE),
      around({
        gateways: [{ ...SERVED, conditions: [condition('Programmed', 'False', 'AddressNotUsable')] }],
      }),
      ['likely'],
    ],
    ['no listener on that port', rejected('10.96.3.9:81'), around({}), ['possible']],
    ['a Gateway that is well', rejected(EDGE), around({}), []],
    ['no Gateway there', rejected('10.96.3.4:80'), around({}), []],
  ])('%s', (_, one, from, confidences) => {
    const causes = explain([one], [], from).causes.filter(({ id }) => id === 'gateway-not-accepted');
    expect(causes.map(({ confidence }) => confidence)).toEqual(confidences);
  });

  it('is not said where the Gateway answered others', () => {
    const from = around({ gateways: [{ ...SERVED, conditions: [condition('Programmed', 'False')] }] });
    expect(
      ranked(explain([rejected(EDGE)], [group(EDGE, { answered: 3, rejected: 2 })], from)).filter((text) =>
        text.startsWith('gateway'),
      ),
    ).toEqual([]);
  });

  it('quotes the condition and prints the grant that is missing', () => {
    const route = httpRoute([REFUSED], {
      rules: [{ paths: [], backends: [{ kind: 'Service', namespace: 'back', name: 'payments', port: 80 }] }],
    });
    const cause = causeOf('gateway-not-accepted', [failed], [], around({ httpRoutes: [route] }));
    expect(cause.text).toBe(
      'HTTPRoute shop/web is not in effect at Gateway shop/edge: ResolvedRefs=False, RefNotPermitted: "backend is in another namespace"',
    );
    expect(cause.evidence).toContain(
      'its backend is Service back/payments, and no ReferenceGrant in namespace back admits HTTPRoutes of namespace shop',
    );
    expect(cause.fix).toContain('kind: ReferenceGrant\nmetadata:\n  name: routes-of-shop\n  namespace: back');
    expect(cause.next).toBe('kubectl describe httproute web -n shop');
  });

  it.each([
    [{ gateways: [] }, httpRoute([REFUSED]), 'there is no Gateway shop/edge, which its parentRef names'],
    [
      {},
      httpRoute([REFUSED], { parents: [{ namespace: 'shop', name: 'edge', section: 'https' }] }),
      'Gateway shop/edge has no listener https; it has http',
    ],
    [
      {},
      httpRoute([REFUSED], { namespace: 'back' }),
      'Gateway shop/edge admits routes of its own namespace only; the route is in back',
    ],
    [
      {
        gateways: [
          {
            ...SERVED,
            listeners: SERVED.listeners.map((one) => ({ ...one, hostname: '*.corp.example' })),
          },
        ],
      },
      httpRoute([REFUSED]),
      'the listeners of Gateway shop/edge are for *.corp.example, the route is for shop.example',
    ],
    [
      {},
      httpRoute([REFUSED], {
        rules: [{ paths: [], backends: [{ kind: 'Service', namespace: 'shop', name: 'payment', port: 80 }] }],
      }),
      'there is no Service shop/payment, which its backendRef names',
    ],
    [
      {},
      httpRoute([REFUSED], {
        rules: [
          { paths: [], backends: [{ kind: 'Service', namespace: 'shop', name: 'payments', port: 81 }] },
        ],
      }),
      'Service shop/payments has no port 81; it has 80',
    ],
  ])('compares the objects: %#', (part, route, text) => {
    const cause = causeOf('gateway-not-accepted', [failed], [], around({ ...part, httpRoutes: [route] }));
    expect(cause.evidence).toContain(text);
  });

  it('a ReferenceGrant admits the reference', () => {
    const route = httpRoute([REFUSED], {
      rules: [
        { paths: [], backends: [{ kind: 'Service', namespace: 'kube-system', name: 'kube-dns', port: 53 }] },
      ],
    });
    const grant = {
      namespace: 'kube-system',
      name: 'g',
      from: [{ kind: 'HTTPRoute', namespace: 'shop' }],
      to: [{ kind: 'Service', name: '' }],
    };
    const from = around({ httpRoutes: [route], referenceGrants: [grant] });
    const { evidence } = causeOf('gateway-not-accepted', [failed], [], from);
    expect(evidence.filter((line) => line.includes('ReferenceGrant'))).toEqual([]);
  });
});
