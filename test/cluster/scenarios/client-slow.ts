import { askPayments, noFault, type Scenario } from '../scenario.ts';
import { serverPod } from './server-pod.ts';

/** The client asks for much and does not read it. */
export const clientSlow: Scenario = {
  name: 'client-slow',
  title: 'a client does not read what the server sends',
  family: 'application',
  on: ['bridge'],
  namespace: 'shop',
  manifests: serverPod({
    scenario: 'client-slow',
    name: 'files',
    clusterIP: '10.96.77.30',
    ports: { http: [80, 8080] },
    script:
      'mkdir /tmp/www && dd if=/dev/zero of=/tmp/www/big bs=1M count=1 && exec httpd -f -p 8080 -h /tmp/www',
  }),
  ...noFault,
  // The pipe to sleep fills, and curl does not take more out of its socket.
  traffic: `curl -sN -m 9 http://files/big | (sleep 4; cat > /dev/null)
`,
  trafficAfter: askPayments,
  symptom: { command: 'curl -s -m 5 -o /dev/null http://10.96.77.30/big', exitStatus: 0 },
  target: 'pod/client',
  check: 'http://files/big',
  checkFlags: ['--duration', '15s'],
  checkAfter: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'not-the-network',
    findings: ['tcp-zero-window'],
    notFindings: ['tcp-refused', 'tcp-loss', 'dns-nxdomain', 'tcp-reset-midstream'],
    causes: ['client-slow'],
    notCauses: ['server-slow', 'idle-timeout'],
    confidenceAtLeast: 'likely',
  },
};
