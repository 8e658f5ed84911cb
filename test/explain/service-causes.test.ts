import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { ConversationGroup } from '../../src/conversations/conversation.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import {
  endpoint,
  facts,
  finding,
  group,
  pod,
  policy,
  port,
  ranked,
  rejected,
  service,
  slice,
} from './builders.ts';

const PAYMENTS = '10.96.3.4:80';
const payments = service('payments', '10.96.3.4');
const ready = pod('payments-1', {
  address: '10.244.2.7',
  labels: { app: 'payments' },
  containerPorts: [{ name: 'http', port: 8080, protocol: 'TCP' }],
});
const notReady = { ...ready, ready: false };
const refused = finding('tcp-refused', PAYMENTS);
const hostUnreachable = finding('tcp-rejected-by-icmp', PAYMENTS, {
  details: { icmp: { sender: '10.96.3.4', type: 3, code: 1, meaning: 'host unreachable' } },
});
const silent = finding('tcp-syn-no-answer', PAYMENTS);

interface Case {
  readonly name: string;
  readonly findings: readonly Finding[];
  readonly groups?: readonly ConversationGroup[];
  readonly facts: Facts;
  /** "id confidence", best first. */
  readonly causes: readonly string[];
}

const noPods = facts({ services: [payments], endpointSlices: [slice('payments', [])] });
const served = facts({
  services: [payments],
  pods: [ready],
  endpointSlices: [slice('payments', [endpoint('10.244.2.7', { node: 'node2', pod: 'payments-1' })])],
});
const typo = service('payments', '10.96.3.4', { selector: { app: 'paymnets' } });
const named = service('payments', '10.96.3.4', { ports: [port({ targetPort: 'web' })] });
const wrongPort = service('payments', '10.96.3.4', { ports: [port({ targetPort: 9999 })] });
const wrongPortFacts = facts({
  services: [wrongPort],
  pods: [ready],
  endpointSlices: [
    slice('payments', [endpoint('10.244.2.7', { pod: 'payments-1' })], {
      ports: [{ name: '', port: 9999, protocol: 'TCP' }],
    }),
  ],
});
const byHand = service('payments', '10.96.3.4', { selector: null });
const stale = facts({ services: [byHand], endpointSlices: [slice('payments', [endpoint('10.244.2.99')])] });

const cases: readonly Case[] = [
  // service-without-endpoints
  {
    name: 'no pod has the labels',
    findings: [rejected(PAYMENTS)],
    facts: noPods,
    causes: ['service-without-endpoints certain'],
  },
  {
    name: 'no selector and an empty slice',
    findings: [rejected(PAYMENTS)],
    facts: facts({ services: [byHand] }),
    causes: ['service-without-endpoints certain'],
  },
  {
    name: 'silence instead of a refusal',
    findings: [silent],
    facts: noPods,
    causes: ['service-without-endpoints likely'],
  },
  {
    name: 'silence, and a policy selects the client',
    findings: [silent],
    facts: { ...noPods, networkPolicies: [policy('deny', { policyTypes: ['Egress'] })] },
    causes: ['service-without-endpoints possible'],
  },
  {
    name: 'rejected, and a policy selects the client: a policy does not reject from the gateway',
    findings: [rejected(PAYMENTS)],
    facts: { ...noPods, networkPolicies: [policy('deny', { policyTypes: ['Egress'] })] },
    causes: ['service-without-endpoints certain'],
  },
  {
    name: 'the error comes from the Service’s own address',
    findings: [
      rejected(PAYMENTS, {
        details: { icmp: { sender: '10.96.3.4', type: 3, code: 3, meaning: 'port unreachable' } },
      }),
    ],
    facts: noPods,
    causes: ['service-without-endpoints possible'],
  },
  {
    name: 'answered too: the endpoints went away meanwhile',
    findings: [rejected(PAYMENTS)],
    groups: [group(PAYMENTS, { answered: 4, rejected: 8 })],
    facts: noPods,
    causes: ['service-without-endpoints likely'],
  },
  { name: 'endpoints exist', findings: [rejected(PAYMENTS)], facts: served, causes: [] },
  { name: 'not a Service', findings: [rejected('192.0.2.9:80')], facts: noPods, causes: [] },
  {
    name: 'slices and pods unreadable',
    findings: [rejected(PAYMENTS)],
    facts: facts({ services: [payments], endpointSlices: null, pods: null }),
    causes: [],
  },
  {
    name: 'pods unreadable, slices empty',
    findings: [rejected(PAYMENTS)],
    facts: facts({ services: [payments], pods: null }),
    causes: ['service-without-endpoints certain'],
  },
  {
    name: 'ExternalName',
    findings: [rejected(PAYMENTS)],
    facts: facts({ services: [service('payments', '10.96.3.4', { type: 'ExternalName' })] }),
    causes: [],
  },

  {
    name: 'a firewall’s ICMP',
    findings: [
      rejected(PAYMENTS, {
        details: {
          icmp: { sender: '172.30.0.12', type: 3, code: 13, meaning: 'administratively prohibited' },
        },
      }),
    ],
    facts: noPods,
    causes: ['service-without-endpoints possible'],
  },
  {
    name: 'slices unreadable, but no pod has the labels',
    findings: [rejected(PAYMENTS)],
    facts: facts({ services: [payments], endpointSlices: null }),
    causes: ['service-without-endpoints likely'],
  },
  {
    name: 'slices unreadable, and a ready pod has the labels',
    findings: [rejected(PAYMENTS)],
    facts: facts({ services: [payments], pods: [ready], endpointSlices: null }),
    causes: [],
  },
  {
    name: 'a slice by hand for another protocol',
    findings: [rejected(PAYMENTS)],
    facts: facts({
      services: [byHand],
      endpointSlices: [
        slice('payments', [endpoint('192.0.2.8')], { ports: [{ name: '', port: 8080, protocol: 'UDP' }] }),
      ],
    }),
    causes: ['service-without-endpoints certain'],
  },

  // service-selector-mismatch
  {
    name: 'selector with swapped letters',
    findings: [rejected(PAYMENTS)],
    facts: facts({ services: [typo], pods: [ready] }),
    causes: ['service-selector-mismatch certain'],
  },
  {
    name: 'same labels in another namespace',
    findings: [rejected(PAYMENTS)],
    facts: facts({ services: [payments], pods: [{ ...ready, namespace: 'shop-prod' }] }),
    causes: ['service-selector-mismatch likely'],
  },
  {
    name: 'one of two pairs',
    findings: [rejected(PAYMENTS)],
    facts: facts({
      services: [service('payments', '10.96.3.4', { selector: { app: 'payments', track: 'stable' } })],
      pods: [{ ...ready, labels: { app: 'payments', track: 'canary-9' } }],
    }),
    causes: ['service-selector-mismatch likely'],
  },
  {
    name: 'one of two pairs, but the pod belongs to another Service',
    findings: [rejected(PAYMENTS)],
    facts: facts({
      services: [
        service('payments', '10.96.3.4', { selector: { tier: 'back', app: 'payments' } }),
        service('cart', '10.96.3.5'),
      ],
      pods: [pod('cart-1', { labels: { tier: 'back', app: 'cart' } })],
    }),
    causes: ['service-without-endpoints certain'],
  },
  {
    name: 'other words are not slips',
    findings: [rejected(PAYMENTS)],
    facts: facts({ services: [payments], pods: [pod('cart-1', { labels: { app: 'cart' } })] }),
    causes: ['service-without-endpoints certain'],
  },
  {
    name: 'short labels are not slips',
    findings: [rejected(PAYMENTS)],
    facts: facts({
      services: [service('payments', '10.96.3.4', { selector: { app: 'v1' } })],
      pods: [pod('x', { labels: { app: 'v2' } })],
    }),
    causes: ['service-without-endpoints certain'],
  },
  {
    name: 'a pod that has ended does not count',
    findings: [rejected(PAYMENTS)],
    facts: facts({ services: [typo], pods: [{ ...ready, phase: 'Failed' }] }),
    causes: ['service-without-endpoints certain'],
  },

  // endpoints-not-ready
  {
    name: 'readiness fails',
    findings: [rejected(PAYMENTS)],
    facts: facts({
      services: [payments],
      pods: [notReady],
      endpointSlices: [
        slice('payments', [endpoint('10.244.2.7', { ready: false, serving: false, pod: 'payments-1' })]),
      ],
    }),
    causes: ['endpoints-not-ready certain'],
  },
  {
    name: 'pending, not in a slice yet',
    findings: [rejected(PAYMENTS)],
    facts: facts({ services: [payments], pods: [{ ...notReady, phase: 'Pending', addresses: [] }] }),
    causes: ['endpoints-not-ready certain'],
  },
  {
    name: 'one of two is ready',
    findings: [rejected(PAYMENTS)],
    facts: facts({
      services: [payments],
      pods: [notReady],
      endpointSlices: [
        slice('payments', [endpoint('10.244.2.7', { ready: false, serving: false }), endpoint('10.244.2.8')]),
      ],
    }),
    causes: [],
  },
  {
    name: 'terminating but still serving',
    findings: [rejected(PAYMENTS)],
    facts: facts({
      services: [payments],
      pods: [{ ...notReady, terminating: true }],
      endpointSlices: [
        slice('payments', [endpoint('10.244.2.7', { ready: false, serving: true, terminating: true })]),
      ],
    }),
    causes: [],
  },

  // target-port-mismatch
  {
    name: 'number that no container declares',
    findings: [refused],
    facts: wrongPortFacts,
    causes: ['target-port-mismatch likely'],
  },
  {
    name: 'pods that declare nothing',
    findings: [refused],
    facts: { ...wrongPortFacts, pods: [{ ...ready, containerPorts: [] }] },
    causes: ['target-port-mismatch possible'],
  },
  {
    name: 'the reset comes from in between',
    findings: [{ ...refused, details: { refusalTtl: 64, hostTtl: 61 } }],
    facts: wrongPortFacts,
    causes: ['target-port-mismatch possible'],
  },
  {
    name: 'others were answered',
    findings: [refused],
    groups: [group(PAYMENTS, { answered: 5, refused: 5 })],
    facts: wrongPortFacts,
    causes: ['target-port-mismatch possible'],
  },
  {
    name: 'refused by a pod directly',
    findings: [finding('tcp-refused', '10.244.2.7:9999')],
    facts: wrongPortFacts,
    causes: ['nobody-listens likely'],
  },
  {
    name: 'name that no container declares',
    findings: [rejected(PAYMENTS)],
    facts: facts({
      services: [named],
      pods: [ready],
      endpointSlices: [slice('payments', [endpoint('10.244.2.7')], { ports: [] })],
    }),
    causes: ['target-port-mismatch certain'],
  },
  {
    name: 'name declared for another protocol',
    findings: [rejected(PAYMENTS)],
    facts: facts({
      services: [named],
      pods: [{ ...ready, containerPorts: [{ name: 'web', port: 8080, protocol: 'UDP' }] }],
      endpointSlices: [slice('payments', [endpoint('10.244.2.7')], { ports: [] })],
    }),
    causes: ['target-port-mismatch certain'],
  },
  {
    name: 'name declared, pod not ready',
    findings: [rejected(PAYMENTS)],
    facts: facts({
      services: [named],
      pods: [{ ...notReady, containerPorts: [{ name: 'web', port: 8080, protocol: 'TCP' }] }],
    }),
    causes: ['endpoints-not-ready certain'],
  },

  // stale-endpoint
  {
    name: 'endpoint that no pod has, host unreachable',
    findings: [hostUnreachable],
    facts: stale,
    causes: ['stale-endpoint certain'],
  },
  {
    name: 'endpoint that no pod has, silence',
    findings: [silent],
    facts: stale,
    causes: ['stale-endpoint likely'],
  },
  {
    name: 'silence and a policy that cannot be read',
    findings: [silent],
    facts: { ...stale, networkPolicies: null },
    causes: ['stale-endpoint possible'],
  },
  {
    name: 'the named pod is gone, outside of known ranges',
    findings: [hostUnreachable],
    facts: facts({
      services: [payments],
      nodes: null,
      endpointSlices: [slice('payments', [endpoint('10.9.9.9', { pod: 'payments-0' })])],
    }),
    causes: ['stale-endpoint certain'],
  },
  {
    name: 'one of two endpoints',
    findings: [hostUnreachable],
    facts: facts({
      services: [payments],
      pods: [ready],
      endpointSlices: [slice('payments', [endpoint('10.244.2.7'), endpoint('10.244.2.99')])],
    }),
    causes: ['stale-endpoint likely'],
  },
  {
    name: 'dialled directly, ARP unanswered',
    findings: [finding('arp-no-answer', '10.244.1.77')],
    facts: facts(),
    causes: ['stale-endpoint certain'],
  },
  {
    name: 'endpoint outside the cluster by hand',
    findings: [silent],
    facts: facts({ services: [byHand], endpointSlices: [slice('payments', [endpoint('192.0.2.8')])] }),
    causes: [],
  },
  {
    name: 'pods not read completely',
    findings: [hostUnreachable],
    facts: { ...stale, partial: { pods: ['shop'] } },
    causes: [],
  },
  { name: 'the pod is there', findings: [hostUnreachable], facts: served, causes: [] },
];

describe('causes at a Service', () => {
  it.each(cases)('$name', ({ findings, groups = [], facts: from, causes }) => {
    expect(ranked(explain(findings, groups, from))).toEqual(causes);
  });
});
