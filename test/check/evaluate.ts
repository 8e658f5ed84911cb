import { evaluateWay, type CheckQuestion, type Evaluation } from '../../src/check/check.ts';
import type { CheckLayer, CheckVerdict, LayerId } from '../../src/check/check-report.ts';
import type { CheckServer } from '../../src/check/route.ts';
import { checkVerdict } from '../../src/check/verdict.ts';
import type { Facts, PodFacts } from '../../src/cluster/facts.ts';
import { CLIENT, endpoint, facts, pod, service, slice } from '../explain/builders.ts';

/** Nobody in particular; a test sets what it asks for. */
export const NOBODY: CheckServer = {
  text: 'svc/payments:80',
  service: null,
  pods: null,
  name: null,
  addresses: null,
  port: null,
  protocol: null,
  url: null,
};
/** Service shop/payments. */
export const PAYMENTS: CheckServer = { ...NOBODY, service: { namespace: 'shop', name: 'payments' } };

export const WEB: PodFacts = pod('web', {
  address: '10.244.2.7',
  labels: { app: 'payments' },
  containerPorts: [{ name: 'http', port: 8080, protocol: 'TCP' }],
});
export const WEB_2: PodFacts = pod('web-2', {
  address: '10.244.1.8',
  node: 'node1',
  labels: { app: 'payments', zone: 'one' },
  containerPorts: [{ name: 'http', port: 8080, protocol: 'TCP' }],
});
/** Service payments with its two pods, one on the client's node. */
export const SHOP: Partial<Facts> = {
  pods: [WEB, WEB_2],
  services: [service('payments', '10.96.3.4')],
  endpointSlices: [
    slice('payments', [
      endpoint('10.244.1.8', { node: 'node1', pod: 'web-2' }),
      endpoint('10.244.2.7', { node: 'node2', pod: 'web' }),
    ]),
  ],
};

/** The way from shop/client to a server in a cluster with these facts. */
export function way(
  part: Partial<Facts> = SHOP,
  server: CheckServer = PAYMENTS,
  question: Partial<CheckQuestion> = {},
): Evaluation {
  const client = { text: 'pod/shop/client', pod: CLIENT, address: '10.244.1.5' };
  return evaluateWay({ client, server, isOfManifests: false, ...question }, facts(part));
}

/** "service ok, policy fails" …; the layers named only, or all. */
export function statuses({ layers }: Pick<Evaluation, 'layers'>, ...only: readonly LayerId[]): string {
  return layers
    .filter(({ id }) => only.length === 0 || only.includes(id))
    .map(({ id, status }) => `${id} ${status}`)
    .join(', ');
}

/** A layer by its id; fails if it was not judged. */
export function layer({ layers }: Pick<Evaluation, 'layers'>, id: LayerId): CheckLayer {
  const found = layers.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no layer ${id} among ${layers.map((one) => one.id).join(', ')}`);
  return found;
}

/** The verdict when nothing is sent. */
export function verdictOf({ layers, causes }: Evaluation): CheckVerdict {
  return checkVerdict(layers, causes, { from: 'pod/shop/client', to: 'svc/payments', isProbed: false });
}
