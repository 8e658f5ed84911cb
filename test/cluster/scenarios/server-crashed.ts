import { askPayments, noFault, type Scenario } from '../scenario.ts';
import { serverPod } from './server-pod.ts';

/** Serves for some seconds and ends; the kubelet waits longer each time before it starts it again. */
export const serverCrashed: Scenario = {
  name: 'server-crashed',
  title: "a server's only container ends again and again (CrashLoopBackOff)",
  family: 'service',
  on: ['bridge'],
  namespace: 'shop',
  manifests: serverPod({
    scenario: 'server-crashed',
    name: 'ledger',
    clusterIP: '10.96.77.30',
    ports: { http: [80, 8080] },
    script: 'httpd -p 8080 -h /tmp; sleep 4; exit 3',
  }),
  ...noFault,
  traffic: `curl -s -m 2 -o /dev/null http://ledger/
`,
  trafficAfter: askPayments,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://10.96.77.30/', exitStatus: 7 },
  target: 'pod/client',
  check: 'svc/ledger:80',
  checkFlags: ['--duration', '25s'],
  checkAfter: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-rejected-by-icmp'],
    notFindings: ['tcp-syn-no-answer', 'dns-nxdomain'],
    causes: ['server-crashed'],
    notCauses: ['service-selector-mismatch', 'service-without-endpoints', 'nobody-listens'],
    // Of the ends that fall into the capture only the last one is known.
    confidenceAtLeast: 'likely',
  },
};
