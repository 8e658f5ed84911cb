import { askPayments, noFault, type Scenario } from '../scenario.ts';

/** It has a shell and no tcpdump; nothing is wrong with the network. */
export const imageCannotCapture: Scenario = {
  name: 'image-cannot-capture',
  title: 'the debug image has no tcpdump',
  family: 'none',
  on: ['bridge'],
  namespace: 'shop',
  manifests: '',
  ...noFault,
  traffic: askPayments,
  symptom: { command: 'curl -s -m 2 -o /dev/null http://10.96.77.10/', exitStatus: 0 },
  target: 'pod/client',
  further: ['--image', 'registry.k8s.io/pause:3.10'],
  check: 'svc/payments:80',
  checkFlags: ['--image', 'registry.k8s.io/pause:3.10'],
  expect: {
    exitStatus: 2,
    outcome: 'incomplete',
    findings: ['capture-incomplete'],
    notFindings: [],
    causes: ['image-cannot-capture'],
    notCauses: [],
    confidenceAtLeast: 'certain',
  },
};
