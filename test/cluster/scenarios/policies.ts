import { askPayments, noFault, type Scenario, type ScenarioExpectation } from '../scenario.ts';

/** What differs from one policy scenario to the next. */
interface PolicyFault {
  readonly name: string;
  readonly title: string;
  /** Of the NetworkPolicy, as YAML in one line. */
  readonly spec: string;
  readonly on?: Scenario['on'];
  readonly traffic?: string;
  readonly symptom?: Scenario['symptom'];
  readonly expect?: Partial<ScenarioExpectation>;
}

/** A scenario whose fault is one NetworkPolicy in the client's namespace, which is enforced by dropping. */
export function policyScenario({ name, title, spec, on, traffic, symptom, expect }: PolicyFault): Scenario {
  return {
    name,
    title,
    family: 'policy',
    on: on ?? ['cilium'],
    namespace: 'shop',
    manifests: `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: rules
  namespace: shop
  labels: { netdebug.example/scenario: ${name} }
spec: ${spec}
`,
    ...noFault,
    traffic: traffic ?? `${askPayments}curl -s -m 2 -o /dev/null http://orders/\n`,
    symptom: symptom ?? { command: 'curl -s -m 2 -o /dev/null http://10.96.77.10/', exitStatus: 28 },
    target: 'pod/client',
    check: 'svc/payments:80',
    expect: {
      exitStatus: 1,
      outcome: 'findings',
      findings: ['tcp-syn-no-answer'],
      notFindings: ['tcp-refused', 'tcp-rejected-by-icmp', 'dns-nxdomain', 'dns-no-answer'],
      causes: ['networkpolicy-denies'],
      notCauses: ['node-ip-forward-off', 'service-without-endpoints', 'target-port-mismatch', 'coredns-down'],
      confidenceAtLeast: 'likely',
      ...expect,
    },
  };
}
