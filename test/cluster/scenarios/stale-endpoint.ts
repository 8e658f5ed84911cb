import { askPayments, noFault, type Scenario } from '../scenario.ts';

/** Nobody has the address: its node asks by ARP for 3 s, then answers host unreachable. */
export const staleEndpoint: Scenario = {
  name: 'stale-endpoint',
  title: 'a hand-made EndpointSlice names an address that no pod has',
  family: 'service',
  on: ['bridge'],
  namespace: 'shop',
  manifests: `
apiVersion: v1
kind: Service
metadata:
  name: ledger
  namespace: shop
  labels: { netdebug.example/scenario: stale-endpoint }
spec:
  clusterIP: 10.96.77.30
  ports: [{ name: http, port: 80, targetPort: 8080 }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: ledger-1
  namespace: shop
  labels:
    kubernetes.io/service-name: ledger
    netdebug.example/scenario: stale-endpoint
addressType: IPv4
ports: [{ name: http, port: 8080, protocol: TCP }]
endpoints: [{ addresses: [10.244.2.250] }]
`,
  ...noFault,
  // Longer than the 3 s of ARP, so that the answer meets an open attempt; one at a time, for after a
  // burst of six the kernel sends one ICMP error a second (net.ipv4.icmp_ratelimit).
  traffic: `curl -s -m 5 -o /dev/null http://10.96.77.30/
curl -s -m 5 -o /dev/null http://ledger/
curl -s -m 2 -o /dev/null http://payments/
`,
  trafficAfter: askPayments, // the Service is gone then
  // Not the exit status: while kube-proxy knows the Service and not yet its slice, the connection is refused.
  symptom: { command: "curl -sv -m 5 http://10.96.77.30/ 2>&1 | grep -q 'No route to host'", exitStatus: 0 },
  target: 'pod/client',
  check: 'svc/ledger:80',
  checkAfter: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-rejected-by-icmp'],
    notFindings: ['tcp-refused', 'dns-no-answer', 'dns-nxdomain'],
    causes: ['stale-endpoint'],
    notCauses: [
      'service-without-endpoints',
      'target-port-mismatch',
      'endpoints-not-ready',
      'node-ip-forward-off',
    ],
  },
};
