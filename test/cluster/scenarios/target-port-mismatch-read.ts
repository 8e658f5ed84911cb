import { noFault, type Scenario } from '../scenario.ts';
import { targetPortMismatch } from './target-port-mismatch.ts';

/** With a server that is traced, its sockets say what its manifest cannot. */
export const targetPortMismatchRead: Scenario = {
  ...targetPortMismatch,
  ...noFault,
  name: 'target-port-mismatch-read',
  title: "a Service's targetPort is not the port that its pods listen on; they are traced as well",
  on: ['bridge'],
  further: ['pod/payments-1', 'pod/payments-2'],
  checkFlags: ['--enter-servers'],
  expect: { ...targetPortMismatch.expect, confidenceAtLeast: 'certain' },
};
