import { describe, expect, it } from 'vitest';
import type { Facts, PodFacts } from '../../src/cluster/facts.ts';
import type { GonePodFacts } from '../../src/cluster/gone-pod-facts.ts';
import type { ContainerFacts } from '../../src/cluster/pod-life-facts.ts';
import type { ConversationGroup } from '../../src/conversations/conversation.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import {
  causeOf,
  endpoint,
  facts,
  finding,
  group,
  pod,
  ranked,
  rejected,
  service,
  slice,
} from './builders.ts';
import { podNetwork } from './pod-networks.ts';

const PAYMENTS = '10.96.3.4:80';
const refused = finding('tcp-refused', PAYMENTS);
const reset = finding('tcp-reset-midstream', PAYMENTS);

/** Findings are from 10:04:00 to 10:04:30. */
function ended(at: string, part: Partial<ContainerFacts> = {}): ContainerFacts {
  return {
    name: 'app',
    restarts: 1,
    runsSince: '2026-11-21T10:04:20Z',
    waitsFor: '',
    lastEnd: { at, reason: 'Error', exitCode: 3 },
    cpuLimit: '',
    memoryLimit: '64Mi',
    ...part,
  };
}

const down = ended('2026-11-21T10:04:01Z', { runsSince: '', waitsFor: 'CrashLoopBackOff' });
/** It ran from 10:04:40 to 10:04:44 and runs again: before that run it was down. */
const again = ended('2026-11-21T10:04:44Z', {
  restarts: 2,
  runsSince: '2026-11-21T10:04:54Z',
  lastEnd: { at: '2026-11-21T10:04:44Z', began: '2026-11-21T10:04:40Z', reason: 'Error', exitCode: 3 },
});
const longAfter = ended('2026-11-21T10:24:44Z', {
  ...again,
  lastEnd: { at: '2026-11-21T10:24:44Z', began: '2026-11-21T10:24:40Z', reason: 'Error', exitCode: 3 },
});
const well = ended('', { restarts: 0, lastEnd: null, runsSince: '2026-11-21T09:00:00Z' });

function server(
  number: number,
  containers: readonly ContainerFacts[],
  part: Partial<PodFacts> = {},
): PodFacts {
  return pod(`payments-${number}`, {
    address: `10.244.2.4${number}`,
    labels: { app: 'payments' },
    containerPorts: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    life: { deletedAt: '', readyChangedAt: '', containers },
    ...part,
  });
}

function served(pods: readonly PodFacts[], part: Partial<Facts> = {}): Facts {
  const endpoints = pods.map(({ name, node, addresses, ready }) =>
    endpoint(addresses[0] ?? '', { node, pod: name, ready, serving: ready }),
  );
  return facts({
    services: [service('payments', '10.96.3.4')],
    pods,
    endpointSlices: [slice('payments', endpoints)],
    ...part,
  });
}

interface Case {
  readonly name: string;
  readonly finding?: Finding;
  readonly groups?: readonly ConversationGroup[];
  readonly facts: Facts;
  readonly causes: readonly string[];
}

describe('server-crashed', () => {
  it.each<Case>([
    {
      name: 'refused while the only container is down',
      facts: served([server(1, [down])]),
      causes: ['server-crashed certain'],
    },
    {
      name: 'sockets were read while it was down: the end is the better story',
      facts: served([server(1, [down])], { podNetworks: [podNetwork('payments-1', [])] }),
      causes: ['server-crashed certain'],
    },
    {
      name: 'reset at the time of its end',
      finding: { ...reset, firstSeen: '2026-11-21T10:04:09.400000Z' },
      facts: served([server(1, [ended('2026-11-21T10:04:10Z')])]),
      causes: ['server-crashed certain'],
    },
    {
      name: 'resets began before the end that is known',
      finding: reset,
      facts: served([server(1, [ended('2026-11-21T10:04:10Z')])]),
      causes: ['server-crashed likely'],
    },
    {
      name: 'reset a minute after its end',
      finding: reset,
      facts: served([server(1, [ended('2026-11-21T10:03:00Z')])]),
      causes: [],
    },
    {
      name: 'it was back long before',
      finding: reset,
      facts: served([server(1, [ended('2026-11-21T09:59:00Z', { runsSince: '2026-11-21T09:59:01Z' })])]),
      causes: [],
    },
    {
      name: 'it ended after all was over',
      facts: served([server(1, [ended('2026-11-21T10:04:50Z', { runsSince: '' })])]),
      causes: ['nobody-listens likely'],
    },
    {
      name: 'one of two pods',
      facts: served([server(1, [down]), server(2, [well])]),
      causes: ['server-crashed likely'],
    },
    {
      name: 'one of two containers',
      facts: served([server(1, [down, { ...well, name: 'log' }])]),
      causes: ['server-crashed likely'],
    },
    {
      name: 'the Service has nobody left, for all of its pods are down',
      finding: rejected(PAYMENTS),
      facts: served([server(1, [down], { ready: false, containerProblems: ['app: CrashLoopBackOff'] })]),
      causes: ['server-crashed certain', 'endpoints-not-ready certain'],
    },
    {
      name: 'refused between two runs, of which the second has ended since',
      facts: served([server(1, [again])]),
      causes: ['server-crashed likely'],
    },
    {
      name: 'refused before its first run that is known of: it may have been starting',
      facts: served([server(1, [{ ...again, restarts: 1 }])]),
      causes: ['nobody-listens likely'],
    },
    {
      name: 'refused long before the run that has ended',
      facts: served([server(1, [longAfter])]),
      causes: ['nobody-listens likely'],
    },
    {
      name: 'the Service had nobody, and its pod is back',
      finding: rejected(PAYMENTS),
      facts: served([server(1, [again])]),
      causes: ['server-crashed likely'],
    },
    {
      name: 'the Service had nobody, and not all of its pods were down',
      finding: rejected(PAYMENTS),
      facts: served([server(1, [again]), server(2, [well])]),
      causes: [],
    },
    {
      name: 'the Service has nobody left, for another reason',
      finding: rejected(PAYMENTS),
      facts: served([server(1, [down], { ready: false }), server(2, [well], { ready: false })]),
      causes: ['endpoints-not-ready certain'],
    },
    {
      name: 'another host refuses in its name',
      finding: { ...refused, details: { refusalTtl: 64, hostTtl: 61 } },
      facts: served([server(1, [down])]),
      causes: [],
    },
    {
      name: 'nothing is known of its containers',
      finding: reset,
      facts: served([pod('payments-1', { address: '10.244.2.41', labels: { app: 'payments' } })]),
      causes: [],
    },
  ])('$name', ({ finding: seen = refused, groups = [], facts: from, causes }) => {
    expect(ranked(explain([seen], groups, from))).toEqual(causes);
  });

  it('names container, reason and time', () => {
    const oom = ended('2026-11-21T10:03:58Z', {
      lastEnd: { at: '2026-11-21T10:03:58Z', reason: 'OOMKilled', exitCode: 137 },
    });
    const cause = causeOf('server-crashed', [refused], [], served([server(1, [oom])]));
    expect(cause.text).toBe(
      'Container app of the server pod shop/payments-1 ended for lack of memory at 2026-11-21T10:03:58Z (OOMKilled, exit status 137)',
    );
    expect(cause.evidence.join()).toContain(
      'the first packet of this was seen 2 s after, the last 32 s after',
    );
    expect(cause.fix).toContain('limit of 64Mi');
    expect(cause.next).toBe('kubectl logs payments-1 -n shop -c app --previous --tail=50');
  });
});

const DIRECT = '10.244.2.77:8080';
const gone: GonePodFacts = {
  namespace: 'shop',
  name: 'payments-9',
  addresses: ['10.244.2.77'],
  labels: { app: 'payments' },
  node: 'node2',
  owner: 'ReplicaSet/payments-66',
  how: 'deleted',
};
const silent = finding('tcp-syn-no-answer', DIRECT);
const wasThere = [group(DIRECT, { answered: 4, silent: 8 })];

describe('pod-gone', () => {
  it.each<Case>([
    {
      name: 'the address answered, then its pod was deleted',
      finding: silent,
      groups: wasThere,
      facts: facts({ gonePods: [gone] }),
      causes: ['pod-gone certain', 'stale-endpoint likely'],
    },
    {
      name: 'the address never answered in this capture',
      finding: silent,
      groups: [group(DIRECT, { silent: 8 })],
      facts: facts({ gonePods: [gone] }),
      causes: ['pod-gone likely', 'stale-endpoint likely'],
    },
    {
      name: 'another pod has the address by now',
      finding: silent,
      groups: wasThere,
      facts: facts({ gonePods: [gone], pods: [pod('other', { address: '10.244.2.77' })] }),
      causes: [],
    },
    {
      name: 'connections to the Service broke off when one of its pods went',
      finding: reset,
      facts: served([server(1, [well])], { gonePods: [gone] }),
      causes: ['pod-gone likely'],
    },
    {
      name: 'a pod of another Service went',
      finding: reset,
      facts: served([server(1, [well])], { gonePods: [{ ...gone, labels: { app: 'orders' } }] }),
      causes: [],
    },
    {
      name: 'a pod went, but new connections are refused, which is another fault',
      facts: served([server(1, [well])], { gonePods: [gone] }),
      causes: ['nobody-listens likely'],
    },
    { name: 'no pod went', finding: reset, facts: served([server(1, [well])]), causes: [] },
  ])('$name', ({ finding: seen = refused, groups = [], facts: from, causes }) => {
    expect(ranked(explain([seen], groups, from))).toEqual(causes);
  });

  it('names pod, address and controller', () => {
    const cause = causeOf('pod-gone', [silent], wasThere, facts({ gonePods: [gone] }));
    expect(cause.text).toBe('Pod shop/payments-9 was deleted during the capture');
    expect(cause.evidence.join()).toContain('had 10.244.2.77 on node node2 when the capture began');
    expect(explain([silent], wasThere, facts({ gonePods: [gone] })).names['10.244.2.77']).toBe(
      'pod/payments-9.shop (gone)',
    );
    expect(cause.evidence).toContain('10.244.2.77 answered 4 connections earlier in the same capture');
    expect(cause.next).toBe('kubectl describe replicaset payments-66 -n shop');
    const strange = { ...gone, owner: 'ReplicaSet/x; reboot', namespace: '$(reboot)' };
    expect(causeOf('pod-gone', [silent], wasThere, facts({ gonePods: [strange] })).next).not.toContain(
      'reboot',
    );
  });
});

const twoServers = served([server(1, [well]), server(2, [well])]);
const bad = finding('http-no-response', '10.244.2.42:8080');
const atService = finding('http-no-response', PAYMENTS);
const apart = [group('10.244.2.41:8080', { answered: 12 }), group('10.244.2.42:8080', { answered: 12 })];

describe('one-bad-endpoint', () => {
  it.each<Case & { readonly findings: readonly Finding[] }>([
    {
      name: 'one fails, the other does not',
      findings: [bad],
      groups: apart,
      facts: twoServers,
      causes: ['one-bad-endpoint likely'],
    },
    {
      name: 'what the client sees at the Service is the same story',
      findings: [bad, atService],
      groups: [...apart, group(PAYMENTS, { answered: 24 })],
      facts: twoServers,
      causes: ['one-bad-endpoint likely'],
    },
    {
      name: 'both fail',
      findings: [bad, finding('http-no-response', '10.244.2.41:8080')],
      groups: apart,
      facts: twoServers,
      causes: [],
    },
    {
      name: 'the other one was hardly asked',
      findings: [bad],
      groups: [group('10.244.2.41:8080', { answered: 4 }), ...apart.slice(1)],
      facts: twoServers,
      causes: [],
    },
    {
      name: 'it failed twice',
      findings: [{ ...bad, count: 2 }],
      groups: apart,
      facts: twoServers,
      causes: [],
    },
    {
      name: 'nothing of its node answers',
      findings: [finding('tcp-syn-no-answer', '10.244.2.42:8080')],
      groups: [group('10.244.1.41:8080', { answered: 12 }), group('10.244.2.42:8080', { silent: 12 })],
      facts: served([server(1, [well], { addresses: ['10.244.1.41'], node: 'node1' }), server(2, [well])]),
      causes: ['one-bad-endpoint possible'],
    },
    {
      name: 'something else on its node answers',
      findings: [finding('tcp-syn-no-answer', '10.244.2.42:8080')],
      groups: [group('10.244.2.41:8080', { answered: 12 }), group('10.244.2.42:8080', { silent: 12 })],
      facts: twoServers,
      causes: ['one-bad-endpoint likely'],
    },
    {
      name: 'endpoints that cannot be told apart',
      findings: [atService],
      groups: [group(PAYMENTS, { answered: 24 })],
      facts: twoServers,
      causes: [],
    },
  ])('$name', ({ findings, groups = [], facts: from, causes }) => {
    expect(ranked(explain(findings, groups, from)).filter((text) => text.startsWith('one-'))).toEqual(causes);
  });

  it('names it with the numbers of each', () => {
    const cause = causeOf('one-bad-endpoint', [bad, atService], apart, twoServers);
    expect(cause.findingIndexes).toEqual([0, 1]);
    expect(cause.text).toBe(
      '1 of the 2 endpoints of Service shop/payments fails, the others are fine: pod shop/payments-2 on node node2',
    );
    expect(cause.evidence).toContain(
      'pod shop/payments-1 on node node2 (10.244.2.41): 12 of 12 connections answered, no finding',
    );
  });

  it('asks for the trace that tells the endpoints apart', () => {
    const { unknowns } = explain([atService], [group(PAYMENTS, { answered: 24 })], twoServers);
    expect(unknowns).toContainEqual({
      what: 'which of the 2 endpoints of Service shop/payments fails, or whether all do',
      why: 'the client sees the Service’s address only',
      next: 'kubectl netdebug trace pod/client pod/payments-1 pod/payments-2 -n shop',
    });
  });
});
