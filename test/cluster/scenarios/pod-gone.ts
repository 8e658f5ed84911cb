import { setTimeout as sleep } from 'node:timers/promises';
import { askPayments, type Scenario } from '../scenario.ts';
import { serverPod } from './server-pod.ts';

/** So that it falls into the capture, which begins some seconds after the fault. */
const DELETED_AFTER_MS = 32_000;
const deletions = new Map<string, Promise<unknown>>();

/** The client keeps the pod's address, as a connection pool does; nobody takes the pod's place. */
export const podGone: Scenario = {
  name: 'pod-gone',
  title: 'a server is deleted while the client, which keeps its address, dials it',
  family: 'service',
  on: ['bridge'],
  namespace: 'shop',
  manifests: serverPod({
    scenario: 'pod-gone',
    name: 'ledger',
    clusterIP: '10.96.77.30',
    ports: { http: [80, 8080] },
    script: 'exec httpd -f -p 8080 -h /etc',
  }),
  faultOn: async (cluster, namespace) => {
    const deletion = sleep(DELETED_AFTER_MS).then(
      async () => await cluster.kubectl(['delete', 'pod', 'ledger', '-n', namespace, '--ignore-not-found']),
    );
    // Whoever undoes the fault hears of its failure.
    deletion.catch(() => undefined);
    deletions.set(namespace, deletion);
  },
  faultOff: async (_, namespace) => void (await deletions.get(namespace)),
  // Longer than the 3 s of ARP, so that the answer meets an open attempt.
  traffic: `curl -s -m 5 -o /dev/null http://$LEDGER:8080/hostname
sleep 1
`,
  trafficAfter: askPayments,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://10.96.77.30/hostname', exitStatus: 0 },
  target: 'pod/client',
  seconds: 40,
  check: 'pod/ledger:8080',
  checkFlags: ['--duration', '40s'],
  checkAfter: 'svc/payments:80',
  isCheckedMeanwhile: true,
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    // Its node answers by ICMP after 3 s or, at a limited rate, not at all.
    findings: [],
    notFindings: ['dns-nxdomain'],
    causes: ['pod-gone'],
    notCauses: ['server-crashed', 'node-ip-forward-off', 'networkpolicy-denies'],
    confidenceAtLeast: 'certain',
  },
};
