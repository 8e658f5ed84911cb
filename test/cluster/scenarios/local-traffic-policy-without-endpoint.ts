import { noFault, type Scenario } from '../scenario.ts';

/** orders has a pod on the other node only: kube-proxy on the client's node drops. */
export const localTrafficPolicyWithoutEndpoint: Scenario = {
  name: 'local-traffic-policy-without-endpoint',
  title: "a Service serves each node from its own pods only, and the client's node has none",
  family: 'service',
  on: ['bridge'],
  namespace: 'shop',
  manifests: `
apiVersion: v1
kind: Service
metadata: { name: orders, namespace: shop }
spec:
  clusterIP: 10.96.77.20
  internalTrafficPolicy: Local
  selector: { app: orders }
  ports: [{ name: http, port: 80, targetPort: 8080 }]
`,
  ...noFault,
  traffic: `curl -s -m 2 -o /dev/null http://10.96.77.20/
curl -s -m 2 -o /dev/null http://payments/
`,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://10.96.77.20/', exitStatus: 28 },
  target: 'pod/client',
  check: 'svc/orders:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-syn-no-answer'],
    notFindings: ['tcp-refused', 'dns-no-answer', 'dns-nxdomain'],
    causes: ['local-traffic-policy-without-endpoint'],
    notCauses: ['node-ip-forward-off', 'service-without-endpoints', 'stale-endpoint', 'networkpolicy-denies'],
    confidenceAtLeast: 'likely',
  },
};
