import { expect, test } from 'vitest';
import { toServiceFacts } from '../../src/cluster/services.ts';

const service = (type: string, status: object): ReturnType<typeof toServiceFacts> =>
  toServiceFacts({
    metadata: { namespace: 'shop', name: 'web' },
    spec: { type, clusterIP: '10.96.3.4' },
    status,
  });

test.each<[string, string, object, boolean]>([
  ['nothing was reported', 'LoadBalancer', {}, true],
  ['an empty status', 'LoadBalancer', { loadBalancer: {} }, true],
  ['an address', 'LoadBalancer', { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } }, false],
  ['a host name', 'LoadBalancer', { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } }, false],
  ['another type', 'ClusterIP', {}, false],
])('a Service awaits its load balancer: %s', (_, type, status, awaits) => {
  expect(service(type, status).isAwaitingLoadBalancer === true).toBe(awaits);
});
