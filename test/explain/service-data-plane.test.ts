import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import { endpoint, facts, finding, group, node, pod, ranked, rejected, service, slice } from './builders.ts';

const PAYMENTS = '10.96.3.4:80';
const silent = finding('tcp-syn-no-answer', PAYMENTS);
const rejectedAsService = rejected(PAYMENTS, {
  details: { icmp: { sender: '10.96.3.4', type: 3, code: 3, meaning: 'port unreachable' } },
});
const noPods = facts({
  services: [service('payments', '10.96.3.4')],
  endpointSlices: [slice('payments', [])],
});
const elsewhere = facts({
  services: [service('payments', '10.96.3.4', { internalTrafficPolicy: 'Local' })],
  pods: [pod('payments-1', { address: '10.244.2.7', labels: { app: 'payments' } })],
  endpointSlices: [slice('payments', [endpoint('10.244.2.7', { node: 'node2', pod: 'payments-1' })])],
});

interface Case {
  readonly name: string;
  readonly finding: Finding;
  readonly facts: Facts;
  readonly causes: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: 'the rejection carries the Service’s address, as from behind an endpoint',
    finding: rejectedAsService,
    facts: noPods,
    causes: ['service-without-endpoints possible'],
  },
  {
    name: 'the rejection carries the Service’s address, as Cilium makes it',
    finding: rejectedAsService,
    facts: { ...noPods, nodes: [node('node1', 1, { plugins: ['cilium'] })] },
    causes: ['service-without-endpoints certain'],
  },
  {
    name: 'policy Local, and the endpoints are on another node',
    finding: silent,
    facts: elsewhere,
    causes: ['local-traffic-policy-without-endpoint certain'],
  },
  {
    name: 'policy Local, and a policy may drop as well',
    finding: silent,
    facts: { ...elsewhere, networkPolicies: null },
    causes: ['local-traffic-policy-without-endpoint possible'],
  },
  {
    name: 'policy Local, and it is not known where the endpoint is',
    finding: silent,
    facts: {
      ...elsewhere,
      pods: facts().pods,
      endpointSlices: [slice('payments', [endpoint('203.0.113.7')])],
    },
    causes: [],
  },
];

describe('causes that hang on what the data plane does', () => {
  it.each(cases)('$name', (one) => {
    const explanation = explain([one.finding], [group(PAYMENTS, { silent: 9 })], one.facts);
    expect(ranked(explanation)).toEqual(one.causes);
  });
});
