import { describe, expect, it } from 'vitest';
import type { Facts, PodFacts } from '../../src/cluster/facts.ts';
import type { PodNetworkFacts } from '../../src/cluster/pod-network-facts.ts';
import type { ConversationGroup } from '../../src/conversations/conversation.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, endpoint, facts, finding, group, pod, port, ranked, service, slice } from './builders.ts';
import { listener, podNetwork } from './pod-networks.ts';

const PAYMENTS = '10.96.3.4:80';
const refused = finding('tcp-refused', PAYMENTS);
const declared = [{ name: 'http', port: 8080, protocol: 'TCP' }];

function server(number: number, part: Partial<PodFacts> = {}): PodFacts {
  return pod(`payments-${number}`, {
    address: `10.244.2.4${number}`,
    labels: { app: 'payments' },
    containerPorts: declared,
    ...part,
  });
}

/** Service payments with these pods behind it, of which these networks were read. */
function served(
  pods: readonly PodFacts[],
  podNetworks: readonly PodNetworkFacts[],
  targetPort = 8080,
  part: Partial<Facts> = {},
): Facts {
  const endpoints = pods.map(({ name, addresses }) =>
    endpoint(addresses[0] ?? '', { node: 'node2', pod: name }),
  );
  return facts({
    services: [service('payments', '10.96.3.4', { ports: [port({ targetPort })] })],
    pods,
    endpointSlices: [
      slice('payments', endpoints, { ports: [{ name: '', port: targetPort, protocol: 'TCP' }] }),
    ],
    podNetworks,
    ...part,
  });
}

interface Case {
  readonly name: string;
  readonly finding?: Finding;
  readonly groups?: readonly ConversationGroup[];
  readonly facts: Facts;
  readonly causes: readonly string[];
  /** How many things are said to be unknown. */
  readonly unknowns?: number;
}

const mixed = [group(PAYMENTS, { answered: 6, refused: 6 })];
const one = [server(1)];
const two = [server(1), server(2)];
const nobody = podNetwork('payments-1', [listener('0.0.0.0:9090')]);

const cases: readonly Case[] = [
  {
    name: 'the sockets were read and nobody listens',
    facts: served(one, [nobody]),
    causes: ['nobody-listens certain'],
  },
  {
    name: 'the pod was not traced',
    facts: served(one, []),
    causes: ['nobody-listens likely'],
    unknowns: 1,
  },
  {
    name: 'its sockets could not be read',
    facts: served(one, [podNetwork('payments-1', null)]),
    causes: ['nobody-listens likely'],
    unknowns: 1,
  },
  {
    name: 'not all of its sockets were read',
    facts: served(one, [{ ...nobody, areSocketsWhole: false }]),
    causes: ['nobody-listens likely'],
    unknowns: 1,
  },
  {
    name: 'somebody listens',
    facts: served(one, [podNetwork('payments-1', [listener('0.0.0.0:8080')])]),
    causes: [],
  },
  {
    name: 'somebody listens on :: and may take IPv4',
    facts: served(one, [podNetwork('payments-1', [listener('[::]:8080')])]),
    causes: [],
  },
  {
    name: 'somebody listens on the very address',
    facts: served(one, [podNetwork('payments-1', [listener('[::ffff:10.244.2.41]:8080')])]),
    causes: [],
  },
  {
    name: 'some were answered although nobody listens now',
    groups: mixed,
    facts: served(one, [nobody]),
    causes: ['nobody-listens likely'],
  },
  {
    name: 'one of two pods has no listener, and half of the connections are refused',
    groups: mixed,
    facts: served(two, [nobody, podNetwork('payments-2', [listener('0.0.0.0:8080')])]),
    causes: ['nobody-listens certain'],
  },
  {
    name: 'one of two pods has no listener, but all are refused',
    facts: served(two, [nobody, podNetwork('payments-2', [listener('0.0.0.0:8080')])]),
    causes: ['nobody-listens likely'],
  },
  {
    name: 'one of two pods was not traced',
    facts: served(two, [nobody]),
    causes: ['nobody-listens likely'],
    unknowns: 1,
  },
  {
    name: 'the one of two pods that was traced listens',
    facts: served(two, [podNetwork('payments-1', [listener('0.0.0.0:8080')])]),
    causes: [],
    unknowns: 1,
  },
  {
    name: 'a sidecar may refuse',
    facts: served([server(1, { sidecars: ['istio-proxy'] })], [nobody]),
    causes: ['nobody-listens possible'],
  },
  {
    name: 'another host refuses in its name',
    finding: { ...refused, details: { refusalTtl: 64, hostTtl: 61 } },
    facts: served(one, [nobody]),
    causes: [],
  },
  {
    name: 'the pod is dialled itself',
    finding: finding('tcp-refused', '10.244.2.41:8080'),
    facts: served(one, [nobody]),
    causes: ['nobody-listens certain'],
  },
  {
    name: 'nobody has the address',
    finding: finding('tcp-refused', '10.244.2.99:8080'),
    facts: served(one, [nobody]),
    causes: [],
  },
  {
    name: 'the address answers, but not by a reset',
    finding: finding('tcp-rejected-by-icmp', '10.244.2.41:8080'),
    facts: served(one, [nobody]),
    causes: [],
  },
  {
    name: 'on the loopback address only',
    facts: served(one, [podNetwork('payments-1', [listener('127.0.0.1:8080'), listener('[::1]:8080')])]),
    causes: ['listens-on-loopback certain'],
  },
  {
    name: 'on the loopback address in one of two pods',
    groups: mixed,
    facts: served(two, [
      podNetwork('payments-1', [listener('127.0.0.1:8080')]),
      podNetwork('payments-2', [listener('0.0.0.0:8080')]),
    ]),
    causes: ['listens-on-loopback certain'],
  },
  {
    name: 'on the loopback address in the one of two pods that was traced',
    facts: served(two, [podNetwork('payments-1', [listener('127.0.0.1:8080')])]),
    causes: ['listens-on-loopback likely'],
    unknowns: 1,
  },
  {
    name: 'on IPv4 only, dialled by IPv6',
    finding: finding('tcp-refused', '[fd00::7]:8080'),
    facts: served(
      [server(1, { addresses: ['10.244.2.41', 'fd00::7'] })],
      [podNetwork('payments-1', [listener('0.0.0.0:8080')])],
    ),
    causes: ['listens-on-loopback certain'],
  },
  {
    name: 'targetPort is not declared, and a program listens on the declared port',
    facts: served(one, [podNetwork('payments-1', [listener('0.0.0.0:8080')])], 9999),
    causes: ['target-port-mismatch certain'],
  },
  {
    name: 'targetPort is not declared, but a program listens there',
    facts: served(one, [podNetwork('payments-1', [listener('0.0.0.0:9999')])], 9999),
    causes: [],
  },
  {
    name: 'targetPort is not declared, and no program listens anywhere',
    facts: served([server(1, { containerPorts: [] })], [podNetwork('payments-1', [])], 9999),
    causes: ['nobody-listens certain'],
  },
];

describe('what the servers’ own sockets say to a refused connection', () => {
  it.each(cases)('$name', ({ finding: seen = refused, groups = [], facts: from, causes, unknowns = 0 }) => {
    const explanation = explain([seen], groups, from);
    expect(ranked(explanation)).toEqual(causes);
    expect(explanation.unknowns.filter(({ what }) => what.includes('listen')).length).toBe(unknowns);
  });

  it('names the trace that would tell', () => {
    const [unknown] = explain([refused], [], served(two, [nobody])).unknowns;
    expect(unknown?.next).toBe('kubectl netdebug trace pod/client pod/payments-2 -n shop');
    const strange = { ...server(2), name: 'x; reboot' };
    const hostile = explain([refused], [], served([server(1), strange], [nobody]));
    expect(hostile.unknowns.map(({ next }) => next).join()).not.toContain('reboot');
  });

  it('says where the program listens instead', () => {
    expect(causeOf('nobody-listens', [refused], [], served(one, [nobody])).text).toBe(
      'No program in pod shop/payments-1 listens on port 8080; programs there listen on 9090',
    );
    const deaf = served(one, [podNetwork('payments-1', [listener('127.0.0.1:8080', { program: 'node' })])]);
    const cause = causeOf('listens-on-loopback', [refused], [], deaf);
    expect(cause.text).toBe(
      'The program on port 8080 of pod shop/payments-1 listens on 127.0.0.1:8080 only, which nobody outside the pod reaches',
    );
    expect(cause.evidence.join()).toContain('(node)');
    const wrong = served(one, [podNetwork('payments-1', [listener('0.0.0.0:8081')])], 9999);
    expect(causeOf('target-port-mismatch', [refused], [], wrong).fix).toContain('"value":8081');
  });
});

const silent = finding('tcp-syn-no-answer', PAYMENTS);
const partly = [group(PAYMENTS, { answered: 6, silent: 6 })];
const full = [listener('0.0.0.0:8080', { waiting: 2, backlog: 1 })];
const overflown = { increases: { TcpExtListenOverflows: 9, TcpExtListenDrops: 11 } };
const calm = [listener('0.0.0.0:8080'), listener('0.0.0.0:9090')];

describe('accept-queue-full', () => {
  it.each<Case>([
    {
      name: 'the queue is full and overflowed',
      groups: partly,
      facts: served(one, [podNetwork('payments-1', [...full, ...calm.slice(1)], overflown)]),
      causes: ['accept-queue-full certain'],
    },
    {
      name: 'the queue is full, the counters could not be compared',
      groups: partly,
      facts: served(one, [podNetwork('payments-1', full, { increases: null })]),
      causes: ['accept-queue-full likely'],
    },
    {
      name: 'it overflowed, and it is the only one',
      groups: partly,
      facts: served(one, [podNetwork('payments-1', calm.slice(0, 1), overflown)]),
      causes: ['accept-queue-full certain'],
    },
    {
      name: 'one of two ports overflowed',
      groups: partly,
      facts: served(one, [podNetwork('payments-1', calm, overflown)]),
      causes: ['accept-queue-full likely'],
    },
    {
      name: 'nothing overflowed',
      groups: partly,
      facts: served(one, [podNetwork('payments-1', calm)]),
      causes: [],
    },
    {
      name: 'no connection at all was answered',
      groups: [group(PAYMENTS, { silent: 12 })],
      facts: served(one, [podNetwork('payments-1', full, overflown)]),
      causes: [],
    },
    {
      name: 'the other of two pods was not traced',
      groups: partly,
      facts: served(two, [podNetwork('payments-1', full, overflown)]),
      causes: ['accept-queue-full likely'],
    },
    { name: 'the server was not traced', groups: partly, facts: served(one, []), causes: [], unknowns: 1 },
  ])('$name', ({ groups = [], facts: from, causes, unknowns = 0 }) => {
    const explanation = explain([silent], groups, from);
    expect(ranked(explanation).filter((text) => text.startsWith('accept'))).toEqual(causes);
    expect(explanation.unknowns.filter(({ what }) => what.includes('listen')).length).toBe(unknowns);
  });

  it('calls itself the likely reason of requests that wait in the queue', () => {
    const from = served(one, [podNetwork('payments-1', full, overflown)]);
    const waiting = finding('http-no-response', PAYMENTS);
    expect(ranked(explain([waiting], partly, from))).toEqual(['accept-queue-full likely']);
  });

  it('says how many wait', () => {
    const from = served(one, [podNetwork('payments-1', full, overflown)]);
    const cause = causeOf('accept-queue-full', [silent], partly, from);
    expect(cause.text).toBe(
      'The program on port 8080 of pod shop/payments-1 does not take its connections: 2 wait in a queue for 1, and the kernel drops further ones',
    );
    expect(cause.evidence).toContain(
      'counters of pod shop/payments-1 during the capture: ListenOverflows +9, ListenDrops +11',
    );
  });
});
