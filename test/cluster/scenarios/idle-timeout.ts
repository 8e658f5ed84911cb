import { askPayments, type Scenario } from '../scenario.ts';

/**
 * The node forgets connections on which nothing was sent for half a minute (a day, as kube-proxy sets it). Data that
 * comes later is a new connection to the node: it goes to any endpoint of the Service, and the wrong one resets. Nobody
 * else on the node is disturbed, unless by a silence as long as that.
 */
export const idleTimeout: Scenario = {
  name: 'idle-timeout',
  title: 'a node forgets connections that are idle for half a minute',
  family: 'application',
  on: ['bridge'],
  namespace: 'shop',
  manifests: '',
  faultOn: async (cluster) => {
    await cluster.inNode('node1', ['sysctl', '-qw', 'net.netfilter.nf_conntrack_tcp_timeout_established=25']);
  },
  faultOff: async (cluster) => {
    await cluster.inNode('node1', [
      'sysctl',
      '-qw',
      'net.netfilter.nf_conntrack_tcp_timeout_established=86400',
    ]);
  },
  traffic: `for i in 1 2 3 4 5 6; do
  (sleep 33; printf 'GET / HTTP/1.0\\r\\n\\r\\n'; sleep 1) | nc -w 40 10.96.77.10 80 > /dev/null &
done
wait
`,
  trafficAfter: askPayments,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://10.96.77.10/', exitStatus: 0 },
  target: 'pod/client',
  seconds: 75,
  check: 'svc/payments:80',
  checkFlags: ['--duration', '40s'],
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['tcp-reset-after-idle'],
    notFindings: ['tcp-refused', 'tcp-syn-no-answer'],
    causes: ['idle-timeout'],
    notCauses: ['server-slow', 'stale-endpoint', 'target-port-mismatch'],
    confidenceAtLeast: 'likely',
  },
};
