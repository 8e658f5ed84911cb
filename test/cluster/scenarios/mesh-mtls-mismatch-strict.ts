import { askPayments, type Scenario } from '../scenario.ts';
import { waitFor } from '../wait.ts';
import { httpsServer, serverPod } from './server-pod.ts';

const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: peerauthentications.security.istio.io }
spec:
  group: security.istio.io
  scope: Namespaced
  names: { kind: PeerAuthentication, plural: peerauthentications, singular: peerauthentication }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true }
`;

/**
 * The container istio-proxy takes TLS only, as Istio's does under mode STRICT, and closes what comes in clear. The kind
 * of policy exists only while this is played.
 */
export const meshMtlsMismatchStrict: Scenario = {
  name: 'mesh-mtls-mismatch-strict',
  title: 'a pod outside the mesh speaks in clear to one whose PeerAuthentication is STRICT',
  family: 'application',
  on: ['bridge'],
  namespace: 'shop',
  manifests: serverPod({
    scenario: 'mesh-mtls-mismatch-strict',
    name: 'web',
    clusterIP: '10.96.77.30',
    ports: { http: [80, 8443] },
    script: httpsServer('web', 30),
    container: 'istio-proxy',
  }),
  faultOn: async (cluster, namespace) => {
    await cluster.apply(crd);
    await waitFor('the API server to serve PeerAuthentications', async () => {
      const policy = {
        apiVersion: 'security.istio.io/v1',
        kind: 'PeerAuthentication',
        metadata: { name: 'default', namespace },
        spec: { mtls: { mode: 'STRICT' } },
      };
      await cluster.apply(JSON.stringify(policy));
      return true;
    });
  },
  faultOff: async (cluster) => {
    await cluster.kubectl(['delete', 'crd', 'peerauthentications.security.istio.io', '--ignore-not-found']);
  },
  traffic: `curl -s -m 2 -o /dev/null http://web/
`,
  trafficAfter: askPayments,
  // curl 52: the server closed without an answer.
  symptom: { command: 'curl -s -m 2 -o /dev/null http://web/', exitStatus: 52 },
  target: 'pod/client',
  check: 'http://web/',
  checkAfter: 'svc/payments:80', // the Service is gone then
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['http-no-response'],
    notFindings: ['tcp-refused', 'dns-nxdomain'],
    causes: ['mesh-mtls-mismatch'],
    notCauses: ['plaintext-to-tls', 'tls-to-plaintext'],
    confidenceAtLeast: 'certain',
  },
};
