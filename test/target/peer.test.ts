import { describe, expect, test } from 'vitest';
import { parseAddresses } from '../../src/capture/look-up-name.ts';
import { peerFilter } from '../../src/capture/peer-filter.ts';
import { UserError } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/kube-api.ts';
import { objectAddresses, parsePeer, type Peer } from '../../src/target/peer.ts';

const addresses = (net: string, port?: number): object => ({ kind: 'addresses', addresses: [{ net, port }] });

describe('a peer', () => {
  test.each([
    ['10.1.2.3', addresses('10.1.2.3')],
    ['10.1.2.3:443', addresses('10.1.2.3', 443)],
    ['2001:db8::1', addresses('2001:db8::1')],
    ['[2001:db8::1]:53', addresses('2001:db8::1', 53)],
    ['10.1.2.3/8', addresses('10.0.0.0/8')],
    ['10.1.255.3/23', addresses('10.1.254.0/23')],
    ['0.0.0.0/0', addresses('0.0.0.0/0')],
    ['2001:db8:ffff::1/33', addresses('2001:db8:8000:0:0:0:0:0/33')],
    ['::ffff:10.1.2.3/128', addresses('0:0:0:0:0:ffff:a01:203/128')],
    ['api.example.', { kind: 'name', name: 'api.example.', port: undefined }],
    ['payments:80', { kind: 'name', name: 'payments', port: 80 }],
    ['svc/web:80', { kind: 'object', port: 80 }],
    ['till/deploy/web', { kind: 'object', port: undefined }],
  ])('%s', (text, expected) => {
    expect(parsePeer(text, 'shop')).toMatchObject(expected);
  });

  test.each([
    '',
    '-x',
    '10.1.2.3/33',
    'a b',
    'svc/',
    'x/y',
    'ingress/x',
    'x:0',
    'x:70000',
    "a'b",
    '10.1.2',
    'host or 1',
  ])('%j is refused', (text) => {
    expect(() => parsePeer(text, 'shop')).toThrow(UserError);
  });

  test('a Service: its own addresses on its port, its endpoints on theirs', async () => {
    const api = {
      get: async () => ({
        metadata: { name: 'web', namespace: 'shop' },
        spec: {
          clusterIPs: ['10.96.0.9', 'None'],
          ports: [
            { name: 'http', port: 80 },
            { name: 'm', port: 9 },
          ],
        },
        status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
      }),
      list: async () => [
        {
          endpoints: [{ addresses: ['10.1.1.1'] }, { addresses: ['10.1.1.2'] }],
          ports: [
            { name: 'http', port: 8080 },
            { name: 'm', port: 9000 },
          ],
        },
      ],
    } as unknown as KubeApi;
    const at = async (text: string): Promise<string[]> => {
      const peer = parsePeer(text, 'shop') as Extract<Peer, { kind: 'object' }>;
      return (await objectAddresses(api, peer)).map(({ net, port }) => `${net} ${port ?? 'any'}`);
    };
    expect(await at('svc/web:80')).toEqual([
      '10.96.0.9 80',
      '192.0.2.1 80',
      '10.1.1.1 8080',
      '10.1.1.2 8080',
    ]);
    expect(await at('svc/web')).toEqual(['10.96.0.9 any', '192.0.2.1 any', '10.1.1.1 any', '10.1.1.2 any']);
    await expect(at('svc/web:81')).rejects.toMatchObject({ why: 'it has 80, 9' });
  });
});

test('the filter keeps the peer, and what says that it cannot be reached', () => {
  const peer = [
    { net: '10.0.0.1', port: 80 },
    { net: '10.1.0.0/16', port: undefined },
  ];
  expect(peerFilter([], peer).join(' ')).toBe(
    '( ( host 10.0.0.1 and port 80 ) or ( net 10.1.0.0/16 ) or icmp or icmp6 or arp )',
  );
  expect(peerFilter(['tcp'], peer.slice(1)).join(' ')).toBe(
    '( tcp ) and ( ( net 10.1.0.0/16 ) or icmp or icmp6 or arp )',
  );
});

test.each([
  ['getent', '10.96.0.9       STREAM web.shop\n10.96.0.9       DGRAM\n', ['10.96.0.9']],
  ['dig', 'alias.example.\n192.0.2.1\n2001:db8::1\n', ['192.0.2.1', '2001:db8::1']],
  [
    'nslookup',
    'Server:\t10.96.0.10\nAddress:\t10.96.0.10#53\n\nName:\tweb.shop\nAddress: 10.96.0.9\n',
    ['10.96.0.9'],
  ],
  ['nslookup without an answer', 'Server:\t10.96.0.10\nAddress:\t10.96.0.10#53\n** no answer\n', []],
])('the output of %s', (_, text, expected) => {
  expect(parseAddresses(text)).toEqual(expected);
});
