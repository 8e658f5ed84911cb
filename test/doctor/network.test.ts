import { describe, expect, test } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { Diagnosis, DoctorContext } from '../../src/doctor/check.ts';
import { examine } from '../../src/doctor/examine.ts';
import { checks, networkChecks } from '../../src/doctor/index.ts';
import {
  CLIENT,
  COREDNS,
  dnsSlice,
  endpoint,
  facts,
  node,
  pod,
  policy,
  service,
  slice,
} from '../explain/builders.ts';
import { config, dnsServer, logs, USUAL } from '../explain/dns-builders.ts';
import { link, network } from '../explain/node-builders.ts';
import { condition, gateway, httpRoute, ingress, routes } from '../explain/route-builders.ts';
import { type Answers, fakeApi } from '../cluster-facts/fake-api.ts';
import { image } from './fake-cluster.ts';

const ON_BOTH = ['node1', 'node2'];
const daemonSet = (name: string, on: readonly string[] = ON_BOTH, part: object = {}) =>
  on.map((where) =>
    pod(`${name}-${where}`, { namespace: 'kube-system', node: where, owner: `DaemonSet/${name}`, ...part }),
  );
const PAYMENTS = {
  services: [service('payments', '10.96.3.4')],
  pods: [pod('payments-1', { address: '10.244.2.7', labels: { app: 'payments' } })],
  endpointSlices: [slice('payments', [endpoint('10.244.2.7')])],
};
const WELL = facts({
  ...PAYMENTS,
  pods: [...PAYMENTS.pods, ...daemonSet('calico-node'), ...daemonSet('kube-proxy')],
  dnsServer: dnsServer(USUAL, { logs: logs() }),
  routes: routes({ ingresses: [ingress([{}])] }),
});
const NETWORKS = [network(1), network(2)];

interface Asked {
  readonly facts?: Facts;
  readonly answers?: Answers;
  readonly networks?: typeof NETWORKS | null;
}

async function ask(id: string, asked: Asked = {}): Promise<Diagnosis[]> {
  const networks = asked.networks === undefined ? NETWORKS : asked.networks;
  const context = {
    api: fakeApi(asked.answers ?? {}),
    namespaces: ['shop', 'kube-system'],
    image,
    debugNamespace: undefined,
    nodes: async () => [],
    facts: async () => asked.facts ?? WELL,
    nodeNetworks: async () => (networks === null ? null : { networks, unreadable: [] }),
  };
  // The checks of the network only read, which the fake API is enough for.
  const found = await examine(
    context as unknown as DoctorContext,
    checks.filter((check) => check.id === id),
  );
  return [...found];
}

const rows = (found: readonly Diagnosis[]): string[] =>
  found.map(({ status, subject, seen }) => `${status} ${subject}: ${seen}`);

test.each([...networkChecks].map((id) => [id]))('%s is content with a network that is well', async (id) => {
  const found = await ask(id);
  expect(found.length).toBeGreaterThan(0);
  expect(rows(found.filter(({ status }) => status !== 'ok'))).toEqual([]);
});

test.each([...networkChecks].map((id) => [id]))(
  '%s says that it does not know, where nothing can be read',
  async (id) => {
    const blind: Facts = {
      ...facts({ nodes: null, networkPolicies: null, clusterDns: null, routes: routes({ ingresses: null }) }),
      pods: null,
      services: null,
      endpointSlices: null,
    };
    const found = await ask(id, { facts: blind, networks: null });
    expect([...new Set(found.map(({ status }) => status))]).toEqual(['unknown']);
  },
);

describe('nodes', () => {
  test.each([
    [{ ready: false, problems: ['Ready=Unknown: NodeStatusUnknown'] }, 'failed'],
    [{ problems: ['NetworkUnavailable=True: NoRouteCreated'] }, 'failed'],
    [{ problems: ['MemoryPressure=True'] }, 'warning'],
  ])('%j', async (part, status) => {
    const found = await ask('nodes', {
      facts: { ...WELL, nodes: [node('node1', 1), node('node2', 2, part)] },
    });
    expect(found).toMatchObject([
      { status: 'ok' },
      { subject: 'node node2', status, fix: 'kubectl describe node node2' },
    ]);
  });
});

describe('pod-network and service-proxy', () => {
  test('a node without a ready pod of the plugin', async () => {
    const pods = [
      ...daemonSet('calico-node', ['node1']),
      ...daemonSet('calico-node', ['node2'], {
        ready: false,
        containerProblems: ['calico-node: CrashLoopBackOff'],
      }),
    ];
    expect(rows(await ask('pod-network', { facts: facts({ pods }) }))).toEqual([
      'failed node node2: no ready pod of calico-node: Running, calico-node: CrashLoopBackOff',
    ]);
  });

  test('a node without any pod of kube-proxy', async () => {
    const pods = daemonSet('kube-proxy', ['node1']);
    expect(rows(await ask('service-proxy', { facts: facts({ pods }) }))).toEqual([
      'failed node node2: no ready pod of kube-proxy: there is none',
    ]);
  });

  test.each([
    ['mode: ipvs', 'mode ipvs'],
    ['mode: ""', 'mode iptables (the default)'],
    ['x: 1', 'on every node'],
  ])('kube-proxy’s configuration says %j', async (text, seen) => {
    const answers = {
      '/api/v1/namespaces/kube-system/configmaps/kube-proxy': {
        data: { 'config.conf': `a: b\n${text}\nc: d\n` },
      },
    };
    const [found] = await ask('service-proxy', { answers });
    expect(found?.seen).toMatch(new RegExp(`${seen.replaceAll(/[()]/g, '\\$&')}$`));
  });

  test('a data plane that does its work', async () => {
    const found = await ask('service-proxy', { facts: facts({ pods: daemonSet('cilium') }) });
    expect(found).toMatchObject([{ status: 'ok', seen: expect.stringContaining('cilium') as string }]);
  });
});

describe('cluster-dns', () => {
  const statuses = async (from: Facts): Promise<string[]> =>
    rows(await ask('cluster-dns', { facts: from })).filter((row) => !row.startsWith('ok'));
  const of = 'service kube-system/kube-dns';

  test('no ready endpoint, and a pod that crashes', async () => {
    const crashing = {
      ...COREDNS,
      ready: false,
      restarts: 4,
      containerProblems: ['coredns: CrashLoopBackOff'],
    };
    const from: Facts = {
      ...WELL,
      pods: [CLIENT, crashing],
      endpointSlices: [dnsSlice([endpoint('10.244.2.2', { ready: false })])],
    };
    expect(await statuses(from)).toEqual([
      `failed ${of}: it has no ready endpoint: names are not found`,
      `warning ${of}: pod coredns-1: coredns: CrashLoopBackOff, 4 restarts`,
    ]);
  });

  test.each([
    [
      dnsServer('. {\n errors', { logs: logs() }),
      `failed ${of}: its configuration does not parse (line 1: the brace that opens here is not closed): the pods run an older one, and no new pod starts`,
    ],
    [
      dnsServer('. {\n errors\n ready\n forward . 192.0.2.1\n}', { logs: logs() }),
      `warning ${of}: ConfigMap kube-system/coredns has no plugin kubernetes: Services are not known to it`,
    ],
    [
      dnsServer(USUAL, {
        logs: logs({ upstreamErrors: [{ upstream: '192.0.2.1:53', problem: 'i/o timeout', count: 7 }] }),
      }),
      `warning ${of}: 7 questions to 192.0.2.1:53 in the last 120 s ended in "i/o timeout"`,
    ],
    [
      dnsServer(USUAL, { logs: logs({ fatal: ['Restart failed: x'] }) }),
      `warning ${of}: its log says: Restart failed: x`,
    ],
    [
      dnsServer(USUAL, {
        logs: logs(),
        nodeLocal: { daemonSet: 'kube-system/node-local-dns', addresses: [], wanted: 2, ready: 1 },
      }),
      `failed ${of}: NodeLocal DNSCache (kube-system/node-local-dns) is ready on 1 of 2 nodes`,
    ],
    [dnsServer(USUAL), `unknown ${of}: its log could not be read`],
    [dnsServer(null, { logs: logs() }), `unknown ${of}: its configuration could not be read`],
  ])('%#', async (server, row) => {
    expect(await statuses({ ...WELL, dnsServer: server })).toEqual([row]);
  });

  test('what is imported may have the plugins', async () => {
    const server = dnsServer(null, { config: config('. {\n errors\n import custom/*\n}'), logs: logs() });
    expect(await statuses({ ...WELL, dnsServer: server })).toEqual([]);
  });
});

describe('address-ranges', () => {
  const ranges = async (part: Partial<Facts>, cidrs: readonly string[] = []): Promise<string[]> => {
    const answers = { '/apis/networking.k8s.io/v1/servicecidrs': [{ spec: { cidrs } }] };
    return rows(await ask('address-ranges', { facts: facts(part), answers }));
  };

  test('of pods and Services are named where they are apart', async () => {
    expect(await ranges({}, ['10.96.0.0/16'])).toEqual([
      'ok : no overlap: pods 10.244.1.0/24, 10.244.2.0/24, Services 10.96.0.0/16',
    ]);
  });

  test.each([
    [
      { nodes: [node('node1', 1), node('node2', 2, { podCidrs: ['10.244.0.0/16'] })] },
      [],
      'pods of node node1 (10.244.1.0/24) and pods of node node2 (10.244.0.0/16)',
    ],
    [{ nodes: [node('node1', 1, { addresses: ['10.244.1.9'] })] }, [], 'and the address of node node1'],
    [{}, ['10.244.2.0/23'], 'pods of node node2 (10.244.2.0/24) and Services (10.244.2.0/23)'],
    [{ services: [service('x', '10.244.1.77')] }, [], 'and the Service address 10.244.1.77'],
    [{}, ['172.30.0.0/16'], 'Services (172.30.0.0/16) and the address of node node1'],
  ])('%#: overlap', async (part, cidrs, text) => {
    // The client's pod uses the range of node1, CoreDNS that of node2.
    const [first = ''] = await ranges(part, cidrs);
    expect(first).toMatch(/^failed /);
    expect(first).toContain(text);
  });
});

test('address-ranges that no pod uses may be given out by nobody', async () => {
  const nodes = [node('node1', 1), node('node3', 1)];
  const found = await ask('address-ranges', { facts: facts({ nodes }) });
  expect(found).toMatchObject([{ status: 'warning' }]);
});

describe('node-settings', () => {
  test('are unknown unless asked for, with the flag that asks', async () => {
    expect(await ask('node-settings', { networks: null })).toMatchObject([
      { status: 'unknown', fix: 'kubectl netdebug doctor --read-node' },
    ]);
  });

  test('say whether programs see packets before the packet filter', async () => {
    const networks = [false, true].map((hasProgram, index) => {
      const one = network(index === 0 ? 1 : 2);
      return { ...one, interfaces: (one.interfaces ?? []).map((own) => ({ ...own, hasProgram })) };
    });
    const [without, with_] = await ask('node-settings', { networks });
    expect(without?.seen).toContain('no XDP or tc program is at its interfaces');
    expect(with_?.seen).toMatch(/XDP or tc programs are at \S.*: bpftool net show$/);
  });

  test.each([
    [{ 'net.ipv4.ip_forward': 0 }, 'failed'],
    [{ 'net.bridge.bridge-nf-call-iptables': 0 }, 'failed'],
    [{ 'net.ipv4.conf.all.rp_filter': 1 }, 'warning'],
    [{ 'net.netfilter.nf_conntrack_count': 95, 'net.netfilter.nf_conntrack_max': 100 }, 'failed'],
  ])('%j', async (sysctls, status) => {
    const [one] = NETWORKS;
    const odd = { ...network(2), sysctls: { ...one?.sysctls, ...sysctls } };
    const found = await ask('node-settings', { networks: [network(1), odd] });
    expect(found.map((row) => [row.subject, row.status])).toEqual([
      ['node node1', 'ok'],
      ['node node2', status],
    ]);
  });

  const withMtus = (number: 1 | 2, mtus: Readonly<Record<string, number>>) =>
    network(number, {
      interfaces: Object.entries(mtus).map(([kind, mtuBytes]) =>
        link(kind, { kind: kind === 'eth0' ? '' : kind, mtuBytes }),
      ),
    });

  test.each([
    [{ eth0: 1500 }, { eth0: 1400 }, ['the nodes’ network cards differ in MTU: node1 1500, node2 1400']],
    [
      { eth0: 1500, vxlan: 1450, veth: 1500 },
      { eth0: 1500, vxlan: 1450, veth: 1450 },
      ['pods may send more at once (node1 1500) than the tunnel of node1 carries (1450)'],
    ],
    [
      { eth0: 1400, veth: 1500 },
      { eth0: 1400, veth: 1400 },
      ['pods may send more at once (node1 1500) than the network card of node1 carries (1400)'],
    ],
    [{ eth0: 9000, vxlan: 8950, veth: 1450 }, { eth0: 9000, vxlan: 8950, veth: 8950 }, []],
  ])('MTUs %j and %j', async (one, other, texts) => {
    const found = await ask('node-settings', { networks: [withMtus(1, one), withMtus(2, other)] });
    expect(rows(found.filter(({ status }) => status === 'warning'))).toEqual(
      texts.map((text) => `warning : ${text}`),
    );
  });
});

describe('policies, services, routes', () => {
  test('policies that nobody enforces', async () => {
    const found = await ask('policies', { facts: facts({ networkPolicies: [policy('deny')] }) });
    expect(found).toMatchObject([
      { status: 'warning', seen: expect.stringContaining('there is one') as string },
    ]);
  });

  test('Services that lead nowhere', async () => {
    const from = facts({ ...PAYMENTS, services: [...PAYMENTS.services, service('gone', '10.96.3.5')] });
    expect(rows(await ask('services', { facts: from }))).toEqual([
      'ok : 2 of 3 Services lead to ready endpoints, or need none',
      'warning service shop/gone: it has no endpoints: connections to it are refused',
    ]);
  });

  test('a load balancer that nobody provides', async () => {
    const [first, ...others] = PAYMENTS.services;
    const waiting = {
      ...(first ?? service('payments', '10.96.3.4')),
      type: 'LoadBalancer',
      isAwaitingLoadBalancer: true as const,
    };
    const found = await ask('services', { facts: facts({ ...PAYMENTS, services: [waiting, ...others] }) });
    expect(rows(found)).toContain(
      'warning service shop/payments: its load balancer has no address yet: it is reached inside the cluster only',
    );
  });

  test('Services of a namespace that was not read are unknown', async () => {
    const from = facts({ ...PAYMENTS, partial: { services: ['shop'] } });
    expect(rows(await ask('services', { facts: from }))).toEqual([
      'ok : 1 of 1 Services lead to ready endpoints, or need none',
      'unknown namespace kube-system: its Services or their endpoints could not be read',
    ]);
  });

  test('Ingresses, Gateways and routes that lead nowhere', async () => {
    const from = facts({
      ...PAYMENTS,
      routes: routes({
        ingresses: [ingress([{ service: 'missing' }, {}])],
        gateways: [gateway({ conditions: [condition('Programmed', 'False', 'Invalid', 'no address')] })],
        httpRoutes: [httpRoute([condition('ResolvedRefs', 'False', 'RefNotPermitted')])],
      }),
    });
    expect(rows(await ask('routes', { facts: from }))).toEqual([
      'warning ingress shop/web: the backend Service shop/missing does not exist',
      'warning gateway shop/edge: Programmed=False, Invalid: "no address"',
      'warning httproute shop/web: ResolvedRefs=False, RefNotPermitted',
    ]);
  });
});
