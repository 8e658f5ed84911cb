import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { explain, explainers } from '../../src/explain/index.ts';
import { isSilence } from '../../src/explain/policies.ts';
import {
  endpoint,
  facts,
  finding,
  group,
  pod,
  policy,
  port as servicePort,
  rejected,
  service,
  slice,
} from './builders.ts';
import { anyFacts, anyFinding, few, name } from './any-facts.ts';
import {
  CERTAIN_DESPITE_POLICIES,
  ENDPOINT_FACTS,
  ENDPOINT_FINDINGS,
  ENDPOINT_GROUPS,
  ENDPOINT_PODS,
  ENDPOINT_SERVICES,
  ENDPOINT_SLICES,
} from './random-endpoints.ts';
import { ENDS_FINDINGS, ENDS_GROUPS, ENDS_PODS, ENDS_SERVICES, ENDS_SLICES } from './random-ends.ts';
import {
  FAULTY_NODES,
  NODE_FINDINGS,
  NODE_PODS,
  NODE_SERVICES,
  NODE_SLICES,
  READ_CAUSES,
} from './random-nodes.ts';
import { EDGES, FAULTY_SERVERS, SERVER_FINDINGS } from './random-servers.ts';
/** They weigh the policies themselves. */
const POLICY_CAUSES: ReadonlySet<string> = new Set(['networkpolicy-denies', 'policy-blocks-dns']);
/** A cluster with one fault of each kind, so that random changes to it stay near the explainers' far ends. */
const FAULTY: Facts = facts({
  ...FAULTY_SERVERS,
  ...ENDPOINT_FACTS,
  services: [
    service('payments', '10.96.3.4'),
    service('near', '10.96.3.5', { selector: { app: 'paymnets' } }),
    service('odd', '10.96.3.6', { ports: [servicePort({ targetPort: 9999 })] }),
    service('late', '10.96.3.7'),
    service('gone', '10.96.3.8', { selector: null }),
    service('local', '10.96.3.9', { internalTrafficPolicy: 'Local' }),
    ...EDGES,
    ...NODE_SERVICES,
    ...ENDPOINT_SERVICES,
    ...ENDS_SERVICES,
  ],
  nodeNetworks: FAULTY_NODES,
  pods: [
    pod('payments', {
      node: 'node1',
      address: '10.244.1.7',
      labels: { app: 'payments' },
      containerPorts: [{ name: 'web', port: 8080, protocol: 'TCP' }],
    }),
    pod('payments-2', {
      node: 'node2',
      address: '10.244.2.7',
      labels: { app: 'payments' },
      containerPorts: [{ name: 'web', port: 8080, protocol: 'TCP' }],
    }),
    pod('late-1', {
      address: '10.244.2.9',
      labels: { app: 'late' },
      ready: false,
      containerProblems: ['late: CrashLoopBackOff'],
    }),
    ...NODE_PODS,
    ...ENDPOINT_PODS,
    ...ENDS_PODS,
  ],
  endpointSlices: [
    slice('payments', [endpoint('10.244.1.7', { node: 'node1' }), endpoint('10.244.2.7', { node: 'node2' })]),
    slice('odd', [endpoint('10.244.1.7')], { ports: [{ name: '', port: 9999, protocol: 'TCP' }] }),
    slice('gone', [endpoint('10.244.2.99')]),
    slice('local', [endpoint('10.244.2.7', { node: 'node2' })]),
    ...NODE_SLICES,
    ...ENDPOINT_SLICES,
    ...ENDS_SLICES,
  ],
  networkPolicies: [
    policy('closed', { podSelector: { matchLabels: { app: 'payments' }, matchExpressions: [] } }),
    policy('dns', { namespace: 'kube-system' }),
  ],
});
const FAULTY_FINDINGS: readonly Finding[] = [
  ...SERVER_FINDINGS,
  ...NODE_FINDINGS,
  ...ENDPOINT_FINDINGS,
  ...ENDS_FINDINGS,
  finding('tcp-syn-no-answer', '10.96.3.4:80'),
  finding('dns-no-answer', '10.96.0.10:53'),
  finding('reply-from-other-address', '10.96.3.4:80', { details: { answeredBy: ['10.244.1.7:8080'] } }),
  rejected('10.96.3.5:80'),
  finding('tcp-refused', '10.96.3.6:80'),
  rejected('10.96.3.7:80'),
  finding('tcp-syn-no-answer', '10.96.3.8:80'),
  finding('tcp-syn-no-answer', '10.96.3.9:80'),
  finding('dns-nxdomain', '10.96.0.10:53', {
    details: {
      walks: [
        {
          name: 'paymnets',
          candidates: ['paymnets.shop.svc.cluster.local'],
          types: ['A'],
          queries: 2,
          nxdomain: 2,
        },
      ],
    },
  }),
];

/** The same, and nobody answers behind the cluster's DNS. */
const WITHOUT_DNS: Facts = {
  ...FAULTY,
  endpointSlices: (FAULTY.endpointSlices ?? []).map((one) =>
    one.service === 'kube-dns' ? { ...one, endpoints: [] } : one,
  ),
};

/** The faulty cluster with some of its lists exchanged for random ones, and one of its words for a hostile one. */
const nearlyReal: fc.Arbitrary<Facts> = fc
  .tuple(
    anyFacts,
    fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 20, maxLength: 20 }),
    fc.constantFrom('payments', 'shop', 'node1', 'node2', 'app', 'web', 'late-1', 'nothing'),
    name,
    fc.constantFrom(FAULTY, FAULTY, FAULTY, FAULTY, WITHOUT_DNS),
  )
  .map(([random, picks, word, hostile, real]) => {
    const mixed = Object.fromEntries(
      Object.entries(real).map(([key, value], index) => [
        key,
        picks[index] === 0 ? random[key as keyof Facts] : value,
      ]),
    );
    return JSON.parse(
      JSON.stringify(mixed).replaceAll(JSON.stringify(word), JSON.stringify(hostile)),
    ) as Facts;
  });

describe('explain with random facts', () => {
  it('never throws, never fails inside, and keeps its promises, whatever the facts', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        fc.oneof(anyFacts, nearlyReal),
        few(anyFinding),
        few(anyFinding),
        fc.subarray([...FAULTY_FINDINGS]),
        (from, some, others, real) => {
          const findings = [...some, ...real];
          const seenGroups = others.map((one) =>
            group(
              one.server,
              { answered: one.count % 3, silent: 2 },
              { client: one.client, serverAddress: one.server.slice(0, one.server.lastIndexOf(':')) },
            ),
          );
          const groups = [...seenGroups, ...ENDPOINT_GROUPS, ...ENDS_GROUPS];
          const explanation = explain(findings, groups, from);
          expect(
            explanation.unknowns.filter(
              ({ why }) => why.includes('failed:') || why.includes('could not be used'),
            ),
          ).toEqual([]);
          for (const cause of explanation.causes) {
            seen.add(cause.id);
            expect(cause.findingIndexes.length > 0 || cause.id === 'policy-without-enforcer').toBe(true);
            expect(cause.evidence.length).toBeGreaterThan(0);
            expect(cause.fix).not.toBe('');
            const limited = cause.findingIndexes.some(
              (index) =>
                isSilence(findings[index] as Finding) &&
                explanation.policySuspects.some(({ findingIndexes }) => findingIndexes.includes(index)),
            );
            const mayBeSure = READ_CAUSES.has(cause.id) || CERTAIN_DESPITE_POLICIES.has(cause.id);
            const isRead = mayBeSure && cause.confidence === 'certain';
            if (limited && !isRead && !POLICY_CAUSES.has(cause.id)) expect(cause.confidence).toBe('possible');
            for (const line of [...cause.fix.split('\n'), cause.next])
              if (line.startsWith('kubectl'))
                expect(line).toMatch(/^kubectl (?!delete)[-A-Za-z0-9 ./:=@,_'"{}[\]*]+$/);
          }
        },
      ),
      { numRuns: 1500 },
    );
    // The random facts are close enough to real ones to reach the explainers' far ends.
    expect([...seen].toSorted()).toEqual(explainers.map(({ id }) => id));
  }, 120_000);
});
