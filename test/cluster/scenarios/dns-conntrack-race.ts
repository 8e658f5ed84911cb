import type { Cluster } from '../cluster.ts';
import type { Scenario } from '../scenario.ts';

/**
 * Of two datagrams that race for one entry of connection tracking the kernel drops the later one. When they do cannot
 * be made on demand: here a rule drops each question for AAAA that leaves its port before that for A is answered, as the
 * race does now and then; asked again, it passes.
 */
export const dnsConntrackRace: Scenario = {
  name: 'dns-conntrack-race',
  title: 'of two questions at once from one port the node drops the later one, as in a race for its entry',
  family: 'dns',
  on: ['bridge'],
  namespace: 'shop',
  manifests: '',
  faultOn: async (cluster, namespace) => {
    await faultOff(cluster, namespace);
    const path = ['get', 'pod', 'client', '-n', namespace, '-o', 'jsonpath={.status.podIP}'];
    const address = (await cluster.kubectl(path)).trim();
    const chain = chainOf(namespace);
    const isAaaa = ['-m', 'string', '--algo', 'bm', '--hex-string', '|00001c0001|'];
    const isUnanswered = ['-m', 'conntrack', '--ctstate', 'NEW'];
    const isQuestion = ['-s', address, '-p', 'udp', '--dport', '53', ...isUnanswered, ...isAaaa];
    for (const rule of [
      ['-N', chain],
      ['-A', chain, ...isQuestion, '-j', 'DROP'],
      ['-I', 'PREROUTING', '-j', chain],
    ])
      await cluster.inNode('node1', ['iptables', '-w', '-t', 'mangle', ...rule]);
  },
  faultOff,
  traffic: `curl -s -m 9 -o /dev/null http://payments/
`,
  symptom: { command: 'curl -s -m 3 -o /dev/null http://payments/', exitStatus: 28 },
  target: 'pod/client',
  check: 'svc/payments:80',
  seconds: 30,
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['dns-race'],
    notFindings: ['dns-nxdomain', 'dns-servfail', 'tcp-syn-no-answer', 'dns-port-unreachable'],
    causes: ['dns-conntrack-race'],
    notCauses: ['coredns-down', 'coredns-misconfigured', 'coredns-upstream-dead', 'policy-blocks-dns'],
    confidenceAtLeast: 'likely',
    confidenceAtMost: 'likely',
  },
};

function chainOf(namespace: string): string {
  return `RACE-${namespace}`;
}

async function faultOff(cluster: Cluster, namespace: string): Promise<void> {
  const chain = chainOf(namespace);
  const script = `iptables -w -t mangle -D PREROUTING -j ${chain}; iptables -w -t mangle -F ${chain}; iptables -w -t mangle -X ${chain}; true`;
  await cluster.inNode('node1', ['sh', '-c', script]);
}
