import { askPayments, noFault, type Scenario } from '../scenario.ts';

/** The client sends nothing; that is a verdict of its own, not "fine". */
export const silentPod: Scenario = {
  name: 'silent-pod',
  title: 'the pod sends nothing',
  family: 'none',
  on: ['bridge'],
  namespace: 'shop',
  manifests: '',
  ...noFault,
  traffic: '',
  trafficAfter: askPayments,
  symptom: { command: 'test -e /tmp/idle', exitStatus: 0 },
  target: 'pod/client',
  check: 'svc/payments:80',
  expect: {
    exitStatus: 2,
    outcome: 'no-traffic',
    findings: [],
    notFindings: ['tcp-syn-no-answer', 'dns-no-answer', 'tcp-refused'],
    causes: [],
    notCauses: ['coredns-down', 'node-ip-forward-off'],
    onlyInfo: true,
  },
};
