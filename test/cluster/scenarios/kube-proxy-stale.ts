import { manifest } from '../cluster.ts';
import { recordedProcesses, signalRecorded } from '../processes.ts';
import type { Scenario } from '../scenario.ts';

/** Signals the client's node's kube-proxy. */
function signalProxy(signal: 'SIGSTOP' | 'SIGCONT'): void {
  for (const record of recordedProcesses())
    if (record.name === 'node1-kube-proxy') signalRecorded(record, signal);
}

/** kube-proxy stands still while a Service's only pod is replaced: its rules go on sending to the old address. */
export const kubeProxyStale: Scenario = {
  name: 'kube-proxy-stale',
  title: "kube-proxy on the client's node hangs while a Service's pod is replaced; the nodes are looked into",
  family: 'node',
  on: ['bridge'],
  isAlone: true,
  namespace: 'shop',
  manifests: '',
  faultOn: async (cluster, namespace) => {
    signalProxy('SIGSTOP');
    await cluster.kubectl(['delete', 'pod', 'orders', '-n', namespace]);
    await cluster.apply(manifest('shop.yaml'));
    await cluster.waitReady(namespace, 'pod/orders');
  },
  faultOff: async () => signalProxy('SIGCONT'),
  // Longer than the 3 s of ARP, one at a time: as in stale-endpoint.
  traffic: `curl -s -m 5 -o /dev/null http://10.96.77.20/
curl -s -m 2 -o /dev/null http://payments/
`,
  symptom: { command: "curl -sv -m 5 http://10.96.77.20/ 2>&1 | grep -q 'No route to host'", exitStatus: 0 },
  target: 'pod/client',
  check: 'svc/orders:80',
  seconds: 25, // the new pod is to be older than a change takes to be written
  traceFlags: ['--read-node'],
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-rejected-by-icmp'],
    notFindings: ['tcp-refused', 'dns-no-answer'],
    causes: ['kube-proxy-stale'],
    notCauses: ['stale-endpoint', 'service-without-endpoints', 'endpoints-not-ready', 'node-ip-forward-off'],
    confidenceAtLeast: 'likely',
  },
};
