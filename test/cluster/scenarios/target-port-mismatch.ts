import { askPayments, noFault, type Scenario } from '../scenario.ts';

/** The pods are reached, at a port where nothing listens: RST. */
export const targetPortMismatch: Scenario = {
  name: 'target-port-mismatch',
  title: "a Service's targetPort is not the port that its pods listen on",
  family: 'service',
  on: ['bridge', 'cilium'],
  namespace: 'shop',
  manifests: `
apiVersion: v1
kind: Service
metadata: { name: payments, namespace: shop }
spec:
  clusterIP: 10.96.77.10
  selector: { app: payments }
  ports: [{ name: http, port: 80, targetPort: 9999 }]
`,
  ...noFault,
  traffic: askPayments,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://10.96.77.10/', exitStatus: 7 },
  target: 'pod/client',
  check: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-refused'],
    notFindings: ['tcp-rejected-by-icmp', 'tcp-syn-no-answer', 'dns-no-answer', 'dns-nxdomain'],
    causes: ['target-port-mismatch'],
    notCauses: ['service-without-endpoints', 'endpoints-not-ready', 'service-selector-mismatch'],
  },
};
