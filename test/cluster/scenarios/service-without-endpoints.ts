import { askPayments, noFault, type Scenario } from '../scenario.ts';

/** Nothing resembles the selector: kube-proxy refuses each connection by ICMP port unreachable. */
export const serviceWithoutEndpoints: Scenario = {
  name: 'service-without-endpoints',
  title: "a Service's selector matches no pod",
  family: 'service',
  on: ['bridge', 'cilium'],
  namespace: 'shop',
  manifests: `
apiVersion: v1
kind: Service
metadata: { name: payments, namespace: shop }
spec:
  clusterIP: 10.96.77.10
  selector: { component: ledger }
  ports: [{ name: http, port: 80, targetPort: 8080 }]
`,
  ...noFault,
  traffic: askPayments,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://10.96.77.10/', exitStatus: 7 },
  target: 'pod/client',
  check: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-rejected-by-icmp'],
    notFindings: ['tcp-refused', 'tcp-syn-no-answer', 'dns-no-answer', 'dns-nxdomain'],
    causes: ['service-without-endpoints'],
    notCauses: [
      'service-selector-mismatch',
      'endpoints-not-ready',
      'target-port-mismatch',
      'node-ip-forward-off',
    ],
  },
};
