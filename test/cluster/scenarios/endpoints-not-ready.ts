import type { Cluster } from '../cluster.ts';
import { askPayments, type Scenario } from '../scenario.ts';

const pods = ['payments-1', 'payments-2'];

/** The pods run and listen, their readiness probe gets 404: no endpoint is ready, refused by ICMP. */
export const endpointsNotReady: Scenario = {
  name: 'endpoints-not-ready',
  title: "the readiness probe of a Service's pods fails",
  family: 'service',
  on: ['bridge', 'cilium'],
  namespace: 'shop',
  manifests: '',
  faultOn: async (cluster, namespace) => await inPods(cluster, namespace, 'rm -f /tmp/www/ready'),
  faultOff: async (cluster, namespace) => await inPods(cluster, namespace, 'touch /tmp/www/ready'),
  traffic: askPayments,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://10.96.77.10/', exitStatus: 7 },
  target: 'pod/client',
  check: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-rejected-by-icmp'],
    notFindings: ['tcp-refused', 'tcp-syn-no-answer', 'dns-no-answer', 'dns-nxdomain'],
    causes: ['endpoints-not-ready'],
    notCauses: ['service-without-endpoints', 'service-selector-mismatch', 'target-port-mismatch'],
  },
};

async function inPods(cluster: Cluster, namespace: string, command: string): Promise<void> {
  for (const pod of pods) await cluster.kubectl(['exec', '-n', namespace, pod, '--', 'sh', '-c', command]);
}
