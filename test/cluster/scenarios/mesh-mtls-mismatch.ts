import { askPayments, noFault, type Scenario } from '../scenario.ts';

/** A hello as Istio's proxy sends it to a host that it takes for one in the mesh; the pods behind it have no sidecar. */
export const meshMtlsMismatch: Scenario = {
  name: 'mesh-mtls-mismatch',
  title: "a mesh's proxy speaks mutual TLS to pods that are not in the mesh",
  family: 'application',
  on: ['bridge'],
  namespace: 'shop',
  manifests: '',
  ...noFault,
  traffic: `openssl s_client -alpn istio-peer-exchange,istio -servername outbound_.80_._.payments.shop.svc.cluster.local -connect payments:80 < /dev/null
`,
  trafficAfter: askPayments,
  symptom: { command: 'openssl s_client -alpn istio -connect 10.96.77.10:80 < /dev/null', exitStatus: 1 },
  target: 'pod/client',
  check: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['wrong-protocol'],
    notFindings: ['tcp-refused', 'tcp-reset-midstream', 'dns-nxdomain'],
    causes: ['mesh-mtls-mismatch'],
    notCauses: ['tls-to-plaintext', 'plaintext-to-tls', 'server-slow'],
    confidenceAtLeast: 'certain',
  },
};
