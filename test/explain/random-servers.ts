import fc from 'fast-check';
import { parseCorefile } from '../../src/cluster/corefile.ts';
import type { DnsServerFacts } from '../../src/cluster/dns-server-facts.ts';
import type { RouteFacts } from '../../src/cluster/gateway-facts.ts';
import type { ServiceFacts } from '../../src/cluster/facts.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { finding, service } from './builders.ts';
import { config, DNS, USUAL } from './dns-builders.ts';
import { condition, gateway, httpRoute, ingress, routes } from './route-builders.ts';

const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 3 });
const word = fc.constantFrom(
  '.',
  '{',
  '}',
  'forward',
  'hosts',
  'kubernetes',
  'template',
  'rcode',
  'x',
  '192.0.2.1',
);

/** What a DNS server may be configured by, and say. */
export function anyDnsServer(name: fc.Arbitrary<string>): fc.Arbitrary<DnsServerFacts> {
  const parsed = fc
    .array(fc.oneof(word, name), { maxLength: 30 })
    .map((words) => parseCorefile(words.join(' ')));
  return fc.record({
    config: fc.option(
      fc.oneof(
        fc.constant(config(USUAL)),
        fc
          .record({ configMap: name, changedAt: name, file: parsed })
          .map(({ file, ...rest }) => ({ ...rest, ...file })),
      ),
      { freq: 8 },
    ),
    nodeLocal: fc.option(
      fc.record({ daemonSet: name, addresses: few(name), wanted: fc.nat(3), ready: fc.nat(3) }),
    ),
    logs: fc.option(
      fc.record({
        seconds: fc.nat(99),
        pods: few(name),
        upstreamErrors: few(fc.record({ upstream: name, problem: name, count: fc.nat(9) })),
        fatal: few(name),
      }),
    ),
  });
}

/** What Ingresses and Gateways there may be. */
export function anyRoutes(
  name: fc.Arbitrary<string>,
  address: fc.Arbitrary<string>,
): fc.Arbitrary<RouteFacts> {
  const backends = few(
    fc.record({
      host: name,
      path: name,
      pathType: fc.constantFrom('Exact', 'Prefix', ''),
      service: name,
      port: fc.oneof(fc.nat(99), name),
    }),
  );
  const named = { namespace: name, name };
  const conditions = few(
    fc.record({
      type: fc.constantFrom('Accepted', 'Programmed', 'x'),
      status: fc.constantFrom('True', 'False'),
      reason: name,
      message: name,
    }),
  );
  const parent = fc.record({ ...named, section: name });
  return fc.record({
    ingresses: fc.option(
      few(fc.record({ ...named, className: name, backends, tlsSecrets: few(name), addresses: few(address) })),
    ),
    ingressClasses: fc.option(few(fc.record({ name, isDefault: fc.boolean() }))),
    gateways: fc.option(
      few(
        fc.record({
          ...named,
          className: name,
          addresses: few(address),
          listeners: few(
            fc.record({
              name,
              port: fc.constantFrom(0, 80),
              protocol: name,
              hostname: name,
              allowedFrom: name,
              conditions,
            }),
          ),
          conditions,
        }),
      ),
    ),
    httpRoutes: fc.option(
      few(
        fc.record({
          ...named,
          hostnames: few(name),
          parents: few(parent),
          rules: few(
            fc.record({
              paths: few(fc.record({ type: name, value: name })),
              backends: few(fc.record({ ...named, kind: fc.constantFrom('Service', 'x'), port: fc.nat(99) })),
            }),
          ),
          statuses: few(fc.record({ parent, conditions })),
        }),
      ),
    ),
    referenceGrants: fc.option(
      few(
        fc.record({
          ...named,
          from: few(fc.record({ kind: name, namespace: name })),
          to: few(fc.record({ kind: name, name })),
        }),
      ),
    ),
  });
}

/** A DNS server and routes with faults, and what they do in packets. */
export const FAULTY_SERVERS: { readonly dnsServer: DnsServerFacts; readonly routes: RouteFacts } = {
  dnsServer: { config: config(`${USUAL}corp.example {\n  errors\n}\n`), nodeLocal: null, logs: null },
  routes: routes({
    ingresses: [ingress([{ service: 'missing' }])],
    gateways: [gateway({ addresses: ['10.96.3.12'], conditions: [condition('Programmed', 'False')] })],
    httpRoutes: [httpRoute([condition('ResolvedRefs', 'False')], { hostnames: ['gw.example'] })],
  }),
};
export const EDGES: readonly ServiceFacts[] = [service('edge', '10.96.3.12', { selector: { app: 'edge' } })];

function answered(host: string, status: number): Finding {
  return finding('http-5xx', '10.96.3.12:80', {
    details: { requests: [{ method: 'GET', host, path: '/', status, count: 2 }] },
  });
}

const NAME = 'api.example.com';
export const SERVER_FINDINGS: readonly Finding[] = [
  finding('dns-refused', '192.0.2.1:53', { details: { names: ['edge.shop.svc.cluster.local'] } }),
  finding('dns-servfail', DNS, { details: { names: [NAME, 'www.example.org'], succeeded: 3 } }),
  finding('dns-servfail', DNS, { details: { names: ['a.corp.example'], succeeded: 3 } }),
  finding('dns-race', DNS),
  finding('dns-search-waste', DNS, {
    details: {
      walks: [
        {
          name: NAME,
          candidates: [`${NAME}.shop.svc.cluster.local`, NAME],
          types: ['A'],
          queries: 4,
          nxdomain: 2,
        },
      ],
    },
  }),
  answered('shop.example', 503),
  answered('gw.example', 500),
  finding('tcp-refused', '10.96.3.12:80'),
];
