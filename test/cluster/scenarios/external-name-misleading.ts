import { askPayments, noFault, type Scenario } from '../scenario.ts';

/** An alias in DNS for an address, which DNS takes for a name. */
export const externalNameMisleading: Scenario = {
  name: 'external-name-misleading',
  title: 'a Service of type ExternalName holds an IP address',
  family: 'service',
  on: ['bridge'],
  namespace: 'shop',
  manifests: `
apiVersion: v1
kind: Service
metadata:
  name: ledger
  namespace: shop
  labels: { netdebug.example/scenario: external-name-misleading }
spec:
  type: ExternalName
  externalName: 10.96.77.20
  ports: [{ name: http, port: 80, protocol: TCP }]
`,
  ...noFault,
  traffic: `curl -s -m 2 -o /dev/null http://ledger/
curl -s -m 2 -o /dev/null http://payments/
`,
  trafficAfter: askPayments,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://ledger/', exitStatus: 6 },
  target: 'pod/client',
  check: 'svc/ledger:80',
  checkAfter: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['dns-nxdomain'],
    notFindings: ['tcp-refused', 'tcp-syn-no-answer', 'dns-no-answer'],
    causes: ['external-name-misleading'],
    notCauses: ['dns-name-misspelt', 'coredns-down'],
    confidenceAtLeast: 'certain',
  },
};
