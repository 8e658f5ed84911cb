import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { IngressFacts } from '../../src/cluster/ingress-facts.ts';
import type { FailedRequest, Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, endpoint, facts, finding, pod, ranked, service, slice } from './builders.ts';
import { ingress as anyIngress, routes } from './route-builders.ts';

const EDGE = '10.96.3.9:80';

/** Its status names the server. */
const ingress: typeof anyIngress = (backends, part) =>
  anyIngress(backends, { addresses: ['10.96.3.9'], ...part });

function failed(part: Partial<FailedRequest> = {}): Finding {
  const request = { method: 'GET', host: 'shop.example', path: '/api/pay', status: 503, count: 4, ...part };
  return finding('http-5xx', EDGE, { details: { requests: [request] } });
}

/** The server is known to serve Ingresses by its pod's label. */
function around(ingresses: readonly IngressFacts[], part: Partial<Facts> = {}): Facts {
  return facts({
    routes: routes({ ingresses }),
    ...part,
    services: [service('ingress', '10.96.3.9'), service('payments', '10.96.3.4'), ...(part.services ?? [])],
    pods: [
      pod('controller', { address: '10.244.2.8', labels: { 'app.kubernetes.io/name': 'ingress-nginx' } }),
      pod('payments-1', { address: '10.244.2.7', labels: { app: 'payments' } }),
      ...(part.pods ?? []),
    ],
    endpointSlices: [
      slice('ingress', [endpoint('10.244.2.8')]),
      slice('payments', [endpoint('10.244.2.7')]),
      ...(part.endpointSlices ?? []),
    ],
  });
}

describe('ingress-backend-missing', () => {
  it.each<[string, Finding, Facts, string[]]>([
    [
      'no such Service',
      failed(),
      around([ingress([{ service: 'payment' }])]),
      ['ingress-backend-missing certain'],
    ],
    ['no such port', failed(), around([ingress([{ port: 81 }])]), ['ingress-backend-missing certain']],
    [
      'no ready endpoint',
      failed(),
      around([ingress([{ service: 'late' }])], {
        services: [service('late', '10.96.3.5')],
        pods: [pod('late-1', { labels: { app: 'late' }, ready: false })],
      }),
      ['ingress-backend-missing certain'],
    ],
    ['a backend that is there', failed(), around([ingress([{}])]), []],
    [
      'the longer path has one that is there',
      failed(),
      around([ingress([{ service: 'payment' }, { path: '/api' }])]),
      [],
    ],
    [
      'the longer path has none',
      failed(),
      around([ingress([{}, { path: '/api/', service: 'payment' }])]),
      ['ingress-backend-missing certain'],
    ],
    [
      'a prefix ends at an element',
      failed({ path: '/apis' }),
      around([ingress([{ path: '/api', service: 'x' }])]),
      [],
    ],
    [
      'an exact path',
      failed(),
      around([ingress([{ path: '/api/pay', pathType: 'Exact', service: 'x' }, { path: '/api' }])]),
      ['ingress-backend-missing certain'],
    ],
    [
      'an exact path that is another',
      failed(),
      around([ingress([{ path: '/api', pathType: 'Exact', service: 'x' }])]),
      [],
    ],
    ['another host', failed({ host: 'other.example' }), around([ingress([{ service: 'x' }])]), []],
    [
      'the host with its port',
      failed({ host: 'Shop.example:8080' }),
      around([ingress([{ service: 'x' }])]),
      ['ingress-backend-missing certain'],
    ],
    [
      'the rule’s host is a pattern',
      failed(),
      around([ingress([{ host: '*.example', service: 'x' }])]),
      ['ingress-backend-missing certain'],
    ],
    [
      'two labels do not fit the pattern',
      failed({ host: 'a.shop.example' }),
      around([ingress([{ host: '*.example', service: 'x' }])]),
      [],
    ],
    [
      'a rule for every host',
      failed(),
      around([ingress([{ host: '', service: 'x' }])]),
      ['ingress-backend-missing likely'],
    ],
    ['an error of the program itself', failed({ status: 501 }), around([ingress([{ service: 'x' }])]), []],
    [
      'a server that only looks like a controller',
      failed(),
      around([ingress([{ service: 'x' }], { addresses: [] })]),
      ['ingress-backend-missing likely'],
    ],
    [
      'a server that only looks like a controller, and a rule for every host',
      failed(),
      around([ingress([{ host: '', service: 'x' }], { addresses: ['192.0.2.9'] })]),
      ['ingress-backend-missing likely'],
    ],
    [
      'a server that is not known to be a controller',
      { ...failed(), server: '10.96.3.4:80' },
      around([ingress([{ service: 'x' }])]),
      ['ingress-backend-missing likely'],
    ],
    [
      'neither a known controller nor a host',
      { ...failed(), server: '10.96.3.4:80' },
      around([ingress([{ host: '', service: 'x' }])]),
      ['ingress-backend-missing possible'],
    ],
    [
      'its class does not exist',
      failed(),
      around([ingress([{ service: 'x' }], { className: 'other' })]),
      ['ingress-backend-missing likely'],
    ],
    [
      'Services of that namespace were not read',
      failed(),
      around([ingress([{ service: 'x' }])], { partial: { services: ['kube-system'] } }),
      [],
    ],
    ['Ingresses were not read', failed(), around([], { routes: routes({ ingresses: null }) }), []],
  ])('%s', (_, one, from, causes) => {
    expect(ranked(explain([one], [], from)).filter((text) => text.startsWith('ingress'))).toEqual(causes);
  });

  it('names rule, Service, and what there is', () => {
    const cause = causeOf(
      'ingress-backend-missing',
      [failed()],
      [],
      around([ingress([{ service: 'payment' }])]),
    );
    expect(cause.text).toBe(
      'Ingress shop/web leads shop.example/ to Service shop/payment, which does not exist',
    );
    expect(cause.evidence).toContain('requests: GET shop.example/api/pay → 503 ×4');
    expect(cause.evidence).toContain(
      'there is no Service payment in namespace shop: it has ingress, payments',
    );
    expect(cause.fix).toContain('kubectl edit ingress web -n shop');
    expect(cause.next).toBe('kubectl describe ingress web -n shop');
  });
});
