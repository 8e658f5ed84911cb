import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectFacts, type FactsRequest } from '../../src/cluster/collect.ts';
import { toDnsConfig } from '../../src/cluster/dns-config.ts';
import { toNodeLocalDns } from '../../src/cluster/dns-server.ts';
import { HEALTHY, meta } from './answers.ts';
import { type Answers, fakeApi, forbidden } from './fake-api.ts';

const REQUEST: FactsRequest = {
  targets: [{ namespace: 'shop', name: 'client' }],
  resolver: { nameservers: ['10.96.0.10'], search: ['shop.svc.cluster.local'], ndots: 5 },
  topics: ['dns-server'],
};
const COREFILE = '.:53 {\n errors\n forward . 192.0.2.1\n}\n';
const CONFIG_MAP = '/api/v1/namespaces/kube-system/configmaps/coredns';
const LOG = '/api/v1/namespaces/kube-system/pods/coredns-1/log';
const WITH_DNS: Answers = {
  ...HEALTHY,
  '/api/v1/pods': [
    {
      metadata: meta('kube-system', 'coredns-1', { 'k8s-app': 'kube-dns' }),
      spec: { nodeName: 'node2', dnsPolicy: 'Default' },
      status: { phase: 'Running' },
    },
  ],
  [CONFIG_MAP]: {
    metadata: { managedFields: [{ time: '2026-11-20T08:00:00Z' }, { time: '2026-11-21T08:00:00Z' }] },
    data: { Corefile: COREFILE },
  },
  [LOG]: [
    'CoreDNS-1.13.1',
    '[ERROR] plugin/errors: 2 secret.example. A: read udp 10.244.2.2:49759->192.0.2.1:53: i/o timeout',
    '[ERROR] plugin/errors: 2 secret.example. AAAA: read udp 10.244.2.2:1->192.0.2.1:53: i/o timeout',
    '[ERROR] plugin/errors: 2 b.example. A: read udp 10.244.2.2:55368->192.0.2.2:53: read: connection refused',
    '[ERROR] plugin/errors: 2 b.example. A: dial tcp 192.0.2.3:53: connect: no route to host',
    '[ERROR] plugin/errors: 2 b.example. A: dial udp 127.0.0.1:1053: socket: too many open files',
    '[FATAL] plugin/loop: Loop (127.0.0.1:55243 -> :53) detected for zone "."',
    "/etc/coredns/Corefile:3 - Error during parsing: Unknown directive 'forwardd'",
    "Corefile:3 - Syntax error: Unexpected token 'x', expecting '}'",
    'plugin/forward: not an IP address or file: "foo"',
  ].join('\n'),
};

describe('the DNS server', () => {
  it('is read where DNS is asked about: configuration and what the log says, without the names in it', async () => {
    const { dnsServer, unreadable, pods } = await collectFacts(fakeApi(WITH_DNS), REQUEST);
    expect(dnsServer?.config).toMatchObject({
      configMap: 'kube-system/coredns',
      changedAt: '2026-11-21T08:00:00Z',
      problem: '',
      whole: true,
      blocks: [{ zones: [''], plugins: [{ name: 'errors' }, { name: 'forward' }] }],
    });
    expect(dnsServer?.logs).toEqual({
      seconds: 120,
      pods: ['coredns-1'],
      upstreamErrors: [
        { upstream: '192.0.2.1:53', problem: 'i/o timeout', count: 2 },
        { upstream: '192.0.2.2:53', problem: 'connection refused', count: 1 },
        { upstream: '192.0.2.3:53', problem: 'no route to host', count: 1 },
      ],
      fatal: [
        'plugin/loop: Loop (127.0.0.1:55243 -> :53) detected for zone "."',
        "/etc/coredns/Corefile:3 - Error during parsing: Unknown directive 'forwardd'",
        "Corefile:3 - Syntax error: Unexpected token 'x', expecting '}'",
        'plugin/forward: not an IP address or file: "foo"',
      ],
    });
    expect(dnsServer?.nodeLocal).toBeNull();
    expect(pods?.[0]?.dnsPolicy).toBe('Default');
    expect(unreadable.filter(({ what }) => /ConfigMap|log|DaemonSet/.test(what))).toEqual([]);
    expect(JSON.stringify(dnsServer)).not.toContain('secret');
  });

  it('survives objects and logs of any shape', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.anything({ maxDepth: 4 }),
        fc.string(),
        fc.string(),
        async (junk, corefile, log) => {
          const answers = {
            ...WITH_DNS,
            [CONFIG_MAP]: corefile.length % 2 === 0 ? { data: { Corefile: corefile } } : junk,
            [LOG]: log,
            '/apis/apps/v1/namespaces/kube-system/daemonsets/node-local-dns': junk,
          };
          const facts = await collectFacts(fakeApi(answers), REQUEST);
          expect(JSON.parse(JSON.stringify(facts.dnsServer))).toEqual(facts.dnsServer);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is not asked for otherwise', async () => {
    const api = fakeApi(WITH_DNS);
    expect(await collectFacts(api, { ...REQUEST, topics: [] })).not.toHaveProperty('dnsServer');
    expect(api.asked.filter((path) => /configmaps|log|node-local|ingress/.test(path))).toEqual([]);
  });

  it('says what it may not read, and the rule that would allow it', async () => {
    const facts = await collectFacts(
      fakeApi({
        ...WITH_DNS,
        [CONFIG_MAP]: forbidden('configmaps'),
        [LOG]: forbidden('pods/log'),
        '/apis/apps/v1/namespaces/kube-system/daemonsets/node-local-dns': forbidden('daemonsets'),
      }),
      REQUEST,
    );
    expect(facts.dnsServer).toEqual({ config: null, nodeLocal: null, logs: null });
    expect(
      facts.unreadable.slice(-3).map(({ what, fix }) => [what, fix.split('\n').slice(-2).join(' ')]),
    ).toEqual([
      [
        "ConfigMap kube-system/coredns (the DNS server's configuration)",
        '  resources: ["configmaps"]   verbs: ["get"]',
      ],
      ['log of pod kube-system/coredns-1', '  resources: ["pods/log"]   verbs: ["get"]'],
      ['DaemonSet kube-system/node-local-dns', '  resources: ["daemonsets"]   verbs: ["get"]'],
    ]);
  });
});

describe('configurations of other kinds', () => {
  it('kube-dns has stub domains and upstream servers as JSON', () => {
    const data = { stubDomains: '{"Acme.local":["192.0.2.7"]}', upstreamNameservers: '["8.8.8.8"]' };
    expect(toDnsConfig('kube-system/kube-dns', { data })?.blocks).toMatchObject([
      { zones: ['acme.local'], plugins: [{ name: 'forward', arguments: ['.', '192.0.2.7'] }] },
      { zones: [''], plugins: [{ name: 'forward', arguments: ['.', '8.8.8.8'] }] },
    ]);
  });

  it.each([[{}], [{ data: { stubDomains: '{' } }], [{ data: { Corefile: 7 } }], [null]])(
    '%j is none',
    (raw) => expect(toDnsConfig('a/b', raw)).toBeNull(),
  );

  it('NodeLocal DNSCache says in its arguments where it listens', () => {
    const daemonSet = {
      metadata: { namespace: 'kube-system', name: 'node-local-dns' },
      spec: {
        template: {
          spec: {
            containers: [{ args: ['-localip', '169.254.20.10,10.96.0.10,$(x)', '-conf', '/etc/Corefile'] }],
          },
        },
      },
      status: { desiredNumberScheduled: 3, numberReady: 2 },
    };
    expect(toNodeLocalDns(daemonSet)).toEqual({
      daemonSet: 'kube-system/node-local-dns',
      addresses: ['169.254.20.10', '10.96.0.10'],
      wanted: 3,
      ready: 2,
    });
  });
});
