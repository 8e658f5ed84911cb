import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Facts, NetworkPolicyFacts, PolicyPeerFacts, PolicyRuleFacts } from '../../src/cluster/facts.ts';
import { admittingPolicies } from '../../src/explain/admitting-policy.ts';
import { toNetworkPolicyFacts } from '../../src/cluster/network-policies.ts';
import { evaluateFlow } from '../../src/policy/evaluate.ts';
import { hostOfPod, type Direction, type Flow } from '../../src/policy/flow.ts';
import { openPolicies } from '../../src/policy/policy-index.ts';
import { parseAllDocuments } from 'yaml';
import { facts, pod, policy } from '../explain/builders.ts';

const label = fc.constantFrom('a', 'b');
const selector = fc.record({
  matchLabels: fc.dictionary(fc.constantFrom('app', 'tier'), label, { maxKeys: 2 }),
  matchExpressions: fc.array(
    fc.record({
      key: fc.constantFrom('app', 'tier'),
      operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
      values: fc.array(label, { minLength: 1, maxLength: 2 }),
    }),
    { maxLength: 1 },
  ),
});
const peer: fc.Arbitrary<PolicyPeerFacts> = fc.oneof(
  fc.record({
    podSelector: fc.option(selector),
    namespaceSelector: fc.option(selector),
    ipBlock: fc.constant(null),
  }),
  fc.record({
    podSelector: fc.constant(null),
    namespaceSelector: fc.constant(null),
    ipBlock: fc.record({ cidr: fc.constantFrom('10.0.0.0/8', '10.1.0.2/32'), except: fc.constant([]) }),
  }),
);
const rule: fc.Arbitrary<PolicyRuleFacts> = fc.record({
  peers: fc.array(peer, { maxLength: 2 }),
  ports: fc.array(
    fc.record({
      protocol: fc.constantFrom('TCP', 'UDP'),
      port: fc.constantFrom(null, 80, 'http'),
      endPort: fc.constant(null),
    }),
    { maxLength: 2 },
  ),
});
const types = fc.subarray(['Ingress', 'Egress'] as const, { minLength: 1 });
const anyPolicy: fc.Arbitrary<NetworkPolicyFacts> = fc
  .record({
    namespace: fc.constantFrom('shop', 'back'),
    name: fc.constantFrom('p', 'q', 'r'),
    podSelector: selector,
    policyTypes: types,
    ingress: fc.array(rule, { maxLength: 2 }),
    egress: fc.array(rule, { maxLength: 2 }),
  })
  .map(({ name, ...part }) => policy(name, part));

const pods = ['shop', 'back'].flatMap((namespace, space) =>
  ['a', 'b', 'c'].map((app, index) =>
    pod(`${app}-pod`, {
      namespace,
      address: `10.${space}.0.${index + 1}`,
      labels: app === 'c' ? {} : { app, tier: index === 0 ? 'a' : 'b' },
      containerPorts: [{ name: 'http', port: 80, protocol: 'TCP' }],
    }),
  ),
);
const base: Facts = { ...facts(), pods };
const flows: readonly Flow[] = pods.flatMap((from) =>
  pods.flatMap((to) =>
    from === to
      ? []
      : [
          { from: hostOfPod(from), to: hostOfPod(to), protocol: 'TCP', port: 80 },
          { from: hostOfPod(from), to: hostOfPod(to), protocol: 'UDP', port: 81 },
        ],
  ),
);
const OPTIONS = { ipBlockMatchesPods: true };

/** The decisions for all flows, in one row. */
function decisions(networkPolicies: readonly NetworkPolicyFacts[]): string[] {
  const index = openPolicies({ ...base, networkPolicies }, OPTIONS);
  return flows.map((flow) => evaluateFlow(index, flow).decision);
}

describe('evaluation', () => {
  const some = fc.array(anyPolicy, { maxLength: 4 });

  it('a rule that is added to a policy never denies what was allowed', () => {
    fc.assert(
      fc.property(
        some,
        anyPolicy,
        rule,
        fc.constantFrom<Direction>('ingress', 'egress'),
        (others, one, added, direction) => {
          const before = decisions([...others, one]);
          const after = decisions([...others, { ...one, [direction]: [...one[direction], added] }]);
          expect(after.filter((now, index) => now === 'deny' && before[index] === 'allow')).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('a policy without rules never allows what was denied', () => {
    fc.assert(
      fc.property(some, anyPolicy, (others, one) => {
        const before = decisions(others);
        const after = decisions([...others, { ...one, ingress: [], egress: [] }]);
        expect(after.filter((now, index) => now === 'allow' && before[index] === 'deny')).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('the order of policies does not matter', () => {
    fc.assert(
      fc.property(some, (policies) => {
        expect(decisions(policies.toReversed())).toEqual(decisions(policies));
      }),
      { numRuns: 200 },
    );
  });

  it('what is printed to admit a flow admits it and takes nothing away', () => {
    let printed = 0;
    fc.assert(
      fc.property(some, fc.nat(flows.length - 1), (policies, at) => {
        const flow = flows[at]!;
        const from = { ...base, networkPolicies: policies };
        const verdict = evaluateFlow(openPolicies(from, OPTIONS), flow);
        const denying = (['egress', 'ingress'] as const).filter((one) => verdict[one].decision === 'deny');
        if (verdict.decision !== 'deny') return;
        const yaml = admittingPolicies(from, OPTIONS, flow, denying);
        const added = parseAllDocuments(yaml).map((document) => toNetworkPolicyFacts(document.toJS()));
        const before = decisions(policies);
        const after = decisions([...policies, ...added]);
        expect(after[at]).toBe('allow');
        expect(after.filter((now, index) => now === 'deny' && before[index] === 'allow')).toEqual([]);
        printed += 1;
      }),
      { numRuns: 500 },
    );
    expect(printed).toBeGreaterThan(50);
  });
});
