import { describe, expect, test } from 'vitest';
import { CLIENT } from '../explain/builders.ts';
import { dnsServer, USUAL } from '../explain/dns-builders.ts';
import { layer, NOBODY, PAYMENTS, SHOP, verdictOf, way } from './evaluate.ts';

describe('the configuration of the DNS server, as far as it was read', () => {
  const external = { ...NOBODY, name: 'api.example', url: 'http://api.example/' };
  const elsewhere = `cluster.example:53 {
  kubernetes cluster.example
}
.:53 {
  template ANY ANY . {
  rcode NXDOMAIN
  }
}
`;
  test.each([
    ['another zone', elsewhere, PAYMENTS, 'pods search for them in cluster.local'],
    ['a template', elsewhere, external, 'answers NXDOMAIN to api.example'],
    ['no block', 'cluster.local:53 {\n  kubernetes cluster.local\n}\n', external, 'refuses api.example'],
    ['a loop', '.:53 {\n  forward . 10.96.0.10\n}\n', external, 'to itself (10.96.0.10:53)'],
  ])('%s keeps the name from being found', (_, corefile, server, text) => {
    const found = way({ ...SHOP, dnsServer: dnsServer(corefile) }, server);
    expect(verdictOf(found)).toMatchObject({
      outcome: 'fails',
      layer: 'dns',
      text: expect.stringContaining(text) as string,
    });
    expect(found.causes[0]).toMatchObject({ id: 'coredns-misconfigured', confidence: 'likely' });
  });

  test.each([
    ['usual', PAYMENTS, dnsServer(USUAL)],
    ['usual, for a name outside', external, dnsServer(USUAL)],
    ['unread', PAYMENTS, dnsServer(null)],
  ])('%s keeps nobody from it', (_, server, read) => {
    const found = way({ ...SHOP, dnsServer: read }, server);
    expect(layer(found, 'dns').status).not.toBe('fails');
    expect(found.causes).toEqual([]);
  });
});

test.each([
  [{ dnsPolicy: 'None' }, 'unknown'],
  [{ dnsPolicy: 'Default' }, 'unknown'],
  [{ hostNetwork: true }, 'unknown'],
  [{ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, 'ok'],
])('a pod with %j', (part, status) => {
  const client = { text: 'pod/shop/client', pod: { ...CLIENT, ...part }, address: '10.244.1.5' };
  const found = way({ ...SHOP, resolver: null }, PAYMENTS, { client });
  expect(layer(found, 'dns').status).toBe(status);
});
