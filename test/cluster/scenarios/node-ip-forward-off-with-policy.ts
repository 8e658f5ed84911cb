import type { Scenario } from '../scenario.ts';
import { acrossNodes } from './node-ip-forward-off.ts';

/** A policy object selects the pods (this pod network enforces none): it might as well be the reason. */
export const nodeIpForwardOffWithPolicy: Scenario = {
  name: 'node-ip-forward-off-with-policy',
  title: "the client's node does not forward, and there is a default-deny NetworkPolicy",
  family: 'node',
  on: ['bridge'],
  isAlone: true,
  namespace: 'shop',
  manifests: `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
  namespace: shop
  labels: { netdebug.example/scenario: node-ip-forward-off-with-policy }
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
`,
  ...acrossNodes,
  target: 'pod/client',
  check: 'svc/orders:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-syn-no-answer', 'dns-no-answer'],
    notFindings: ['tcp-refused', 'tcp-rejected-by-icmp', 'dns-port-unreachable'],
    causes: ['node-ip-forward-off'],
    notCauses: ['coredns-down', 'service-without-endpoints', 'stale-endpoint', 'node-bridge-nf-off'],
    confidenceAtMost: 'possible',
  },
};
