import type { Cluster } from '../cluster.ts';
import type { Scenario } from '../scenario.ts';

/** A DNS server that is as far away as one in another region: each answer takes 30 ms longer. */
const FAR_DNS = `
apiVersion: v1
kind: Pod
metadata: { name: far-dns, namespace: shop, labels: { app: far-dns, netdebug.example/scenario: dns-search-amplification } }
spec:
  nodeName: node1
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: registry.example/app:v1
      command: [socat, "UDP4-RECVFROM:53,fork,reuseaddr", "SYSTEM:sleep 0.03; exec socat -t2 -T2 - UDP4\\\\:10.96.0.10\\\\:53"]
      ports: [{ name: dns, containerPort: 53, protocol: UDP }]
---
apiVersion: v1
kind: Service
metadata: { name: far-dns, namespace: shop, labels: { netdebug.example/scenario: dns-search-amplification } }
spec:
  clusterIP: 10.96.77.53
  selector: { app: far-dns }
  ports: [{ name: dns, port: 53, protocol: UDP }]
`;

/** Service far-dns has the same last byte on every stage. */
async function askFar(cluster: Cluster, namespace: string, isFar: boolean): Promise<void> {
  const [from, to] = ['10.96.0.10', '$FAR'];
  const far = await cluster.kubectl([
    'get',
    'service',
    'far-dns',
    '-n',
    namespace,
    '-o',
    'jsonpath={.spec.clusterIP}',
    '--ignore-not-found',
  ]);
  // The kubelet mounts the file: it is changed in place.
  const change = isFar ? `s/${from}/${to}/` : `s/^nameserver .*/nameserver ${from}/`;
  await cluster.inPod(
    namespace,
    'client',
    `FAR=${far}; text=$(sed "${change}" /etc/resolv.conf) && printf '%s\\n' "$text" > /etc/resolv.conf`,
  );
}

/** A whole name with fewer than five dots is asked for in vain with each search domain first, and DNS is slow: that is felt. */
export const dnsSearchAmplification: Scenario = {
  name: 'dns-search-amplification',
  title: 'a whole name is asked for without the dot at its end (ndots:5), and DNS is far away',
  family: 'dns',
  on: ['bridge', 'cilium'],
  namespace: 'shop',
  manifests: FAR_DNS,
  faultOn: async (cluster, namespace) => {
    await cluster.waitReady(namespace, 'pod/far-dns');
    await askFar(cluster, namespace, true);
  },
  faultOff: async (cluster, namespace) => await askFar(cluster, namespace, false),
  traffic: `curl -sk -m 4 -o /dev/null https://kubernetes.default.svc.cluster.local/
curl -s -m 2 -o /dev/null http://10.96.77.10/
`,
  trafficAfter: `curl -sk -m 2 -o /dev/null https://kubernetes.default.svc.cluster.local./
curl -s -m 2 -o /dev/null http://payments/
`,
  symptom: {
    command: 'curl -sk -m 4 -o /dev/null https://kubernetes.default.svc.cluster.local/',
    exitStatus: 0,
  },
  target: 'pod/client',
  check: 'https://kubernetes.default.svc.cluster.local/',
  checkAfter: 'https://kubernetes.default.svc.cluster.local./',
  expect: {
    exitStatus: 0,
    outcome: 'findings',
    findings: ['dns-search-waste'],
    notFindings: ['dns-nxdomain', 'dns-servfail', 'dns-no-answer', 'tcp-syn-no-answer'],
    causes: ['dns-search-amplification'],
    notCauses: ['coredns-misconfigured', 'coredns-upstream-dead', 'dns-name-misspelt'],
    confidenceAtLeast: 'likely',
  },
};
