import { askPayments, noFault, type Scenario } from '../scenario.ts';
import { serverPod } from './server-pod.ts';

/** One connection at a time, six seconds each, two may wait: the kernel drops the SYNs of the others. */
export const acceptQueueFull: Scenario = {
  name: 'accept-queue-full',
  title: 'a server takes its connections too slowly; client and server are traced',
  family: 'service',
  on: ['bridge'],
  namespace: 'shop',
  manifests: serverPod({
    scenario: 'accept-queue-full',
    name: 'ledger',
    clusterIP: '10.96.77.30',
    ports: { http: [80, 8080] },
    script: `cat > /tmp/answer <<'END'
read -r request; sleep 6
printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\nConnection: close\\r\\n\\r\\nok\\n'
END
exec socat TCP-LISTEN:8080,fork,reuseaddr,backlog=1,max-children=1 SYSTEM:'sh /tmp/answer'`,
  }),
  ...noFault,
  traffic: `for i in 1 2 3 4 5 6 7 8; do curl -s -m 3 -o /dev/null http://10.96.77.30/ & done; wait
`,
  trafficAfter: askPayments,
  symptom: {
    command:
      'for i in 1 2 3 4 5 6 7 8; do curl -s -m 2 -o /dev/null http://10.96.77.30/ || touch /tmp/late & done; wait; rm /tmp/late',
    exitStatus: 0,
  },
  target: 'pod/client',
  further: ['pod/ledger'],
  check: 'svc/ledger:80',
  checkFlags: ['--enter-servers'],
  checkAfter: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    // Whether a SYN gets its answer late or never is a matter of who gives up when.
    findings: ['tcp-slow-connect'],
    notFindings: ['tcp-refused', 'tcp-rejected-by-icmp'],
    causes: ['accept-queue-full'],
    notCauses: ['networkpolicy-denies', 'node-ip-forward-off', 'stale-endpoint'],
    confidenceAtLeast: 'certain',
  },
};
