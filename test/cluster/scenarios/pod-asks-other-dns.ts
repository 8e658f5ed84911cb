import { askPayments, noFault, type Scenario } from '../scenario.ts';

/** The pod has a resolver of its own, at an address where no DNS server is. */
export const podAsksOtherDns: Scenario = {
  name: 'pod-asks-other-dns',
  title: 'a pod with dnsPolicy None looks for a Service at a server outside the cluster',
  family: 'dns',
  on: ['bridge'],
  namespace: 'shop',
  manifests: `
apiVersion: v1
kind: Pod
metadata:
  name: stranger
  namespace: shop
  labels: { netdebug.example/scenario: pod-asks-other-dns }
spec:
  nodeName: node1
  terminationGracePeriodSeconds: 1
  dnsPolicy: None
  dnsConfig: { nameservers: [172.30.0.1] }
  containers:
    - name: app
      image: registry.example/app:v1
      command: [sh, -c, "while :; do curl -s -m 4 http://kubernetes.default.svc.cluster.local/; sleep 1; done"]
`,
  faultOn: async (cluster, namespace) => {
    await cluster.waitReady(namespace, 'pod/stranger');
  },
  faultOff: noFault.faultOff,
  traffic: '',
  trafficAfter: askPayments, // the pod is gone then
  symptom: { command: 'curl -s -m 2 -o /dev/null http://payments/', exitStatus: 0 },
  target: 'pod/stranger',
  check: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['dns-port-unreachable'],
    notFindings: ['tcp-refused', 'tcp-syn-no-answer', 'dns-nxdomain'],
    causes: ['pod-asks-other-dns'],
    notCauses: ['coredns-down', 'coredns-misconfigured', 'dns-name-misspelt'],
    confidenceAtLeast: 'certain',
  },
};
