import { askPayments, noFault, type Scenario } from '../scenario.ts';

/** One letter is missing in the selector: refused as without endpoints, and the near miss is the cause. */
export const serviceSelectorMismatch: Scenario = {
  name: 'service-selector-mismatch',
  title: "a typing error in a Service's selector",
  family: 'service',
  on: ['bridge', 'cilium'],
  namespace: 'shop',
  manifests: `
apiVersion: v1
kind: Service
metadata: { name: payments, namespace: shop }
spec:
  clusterIP: 10.96.77.10
  selector: { app: paymnts }
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
    causes: ['service-selector-mismatch'],
    notCauses: ['endpoints-not-ready', 'target-port-mismatch', 'node-ip-forward-off'],
  },
};
