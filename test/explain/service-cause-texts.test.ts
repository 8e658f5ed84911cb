import { describe, expect, it } from 'vitest';
import { explain } from '../../src/explain/index.ts';
import { causeOf, endpoint, facts, finding, pod, port, rejected, service, slice } from './builders.ts';

const PAYMENTS = '10.96.3.4:80';
const payments = service('payments', '10.96.3.4');
const ready = pod('payments-1', {
  address: '10.244.2.7',
  labels: { app: 'payments' },
  containerPorts: [{ name: 'http', port: 8080, protocol: 'TCP' }],
});
const notReady = { ...ready, ready: false };
const refused = finding('tcp-refused', PAYMENTS);

const served = facts({
  services: [payments],
  pods: [ready],
  endpointSlices: [slice('payments', [endpoint('10.244.2.7', { node: 'node2', pod: 'payments-1' })])],
});
const typo = service('payments', '10.96.3.4', { selector: { app: 'paymnets' } });
const wrongPort = service('payments', '10.96.3.4', { ports: [port({ targetPort: 9999 })] });
const wrongPortFacts = facts({
  services: [wrongPort],
  pods: [ready],
  endpointSlices: [
    slice('payments', [endpoint('10.244.2.7', { pod: 'payments-1' })], {
      ports: [{ name: '', port: 9999, protocol: 'TCP' }],
    }),
  ],
});

describe('what causes at a Service say', () => {
  it('says what was refused although there are endpoints now', () => {
    const { unknowns } = explain([rejected(PAYMENTS)], [], served);
    expect(unknowns[0]).toMatchObject({
      what: 'why Service shop/payments was refused as one without endpoints',
      next: 'kubectl get endpointslices -n shop -l kubernetes.io/service-name=payments',
    });
    expect(unknowns[0]?.why).toContain(
      '1 usable endpoint now; the cluster was read at 2026-11-21T10:05:00.000Z, after the packets',
    );
  });

  it('quotes packets, slices, labels and a patch for a selector', () => {
    const cause = causeOf(
      'service-selector-mismatch',
      [rejected(PAYMENTS)],
      [],
      facts({ services: [typo], pods: [ready], endpointSlices: [slice('payments', [])] }),
    );
    expect(cause.text).toBe(
      'Service shop/payments selects app=paymnets, which no pod in namespace shop has; pod shop/payments-1 has app=payments',
    );
    expect(cause.evidence).toEqual([
      'frames 12, 14, 19: tcp-rejected-by-icmp at 10.96.3.4:80',
      'EndpointSlice shop/payments-abc12: 0 endpoints',
      'nearest pods: shop/payments-1 (app=payments)',
    ]);
    expect(cause.fix).toContain(
      `kubectl patch service payments -n shop --type=merge -p '{"spec":{"selector":{"app":"payments"}}}'`,
    );
  });

  it('replaces a misspelt key of a selector', () => {
    const from = facts({
      services: [service('payments', '10.96.3.4', { selector: { 'app.kubernetes.io/nmae': 'payments' } })],
      pods: [{ ...ready, labels: { 'app.kubernetes.io/name': 'payments' } }],
    });
    expect(causeOf('service-selector-mismatch', [rejected(PAYMENTS)], [], from).fix).toContain(
      '{"app.kubernetes.io/nmae":null,"app.kubernetes.io/name":"payments"}',
    );
  });

  it('quotes the readiness probe', () => {
    const message = 'Readiness probe failed: HTTP probe failed with statuscode: 503';
    const from = facts({
      services: [payments],
      pods: [notReady],
      events: [
        {
          namespace: 'shop',
          object: 'Pod/payments-1',
          reason: 'Unhealthy',
          message,
          lastSeen: '2026-11-21T10:04:50Z',
          count: 9,
        },
      ],
    });
    const cause = causeOf('endpoints-not-ready', [rejected(PAYMENTS)], [], from);
    expect(cause.text).toContain(message);
    expect(cause.evidence).toContain(
      `Event about pod shop/payments-1, 9 times, last 2026-11-21T10:04:50Z: ${message}`,
    );
    expect(cause.next).toBe('kubectl describe pod payments-1 -n shop');
  });

  it('suggests the only declared port by a guarded JSON patch', () => {
    const cause = causeOf('target-port-mismatch', [refused], [], wrongPortFacts);
    expect(cause.text).toBe(
      'Service shop/payments sends port 80 to targetPort 9999, which no container of its pods declares; they declare 8080',
    );
    expect(cause.fix).toContain(
      `--type=json -p '[{"op":"test","path":"/spec/ports/0/port","value":80},{"op":"replace","path":"/spec/ports/0/targetPort","value":8080}]'`,
    );
  });

  it('asks whether anyone listens on a declared port', () => {
    const { unknowns } = explain([refused], [], served);
    expect(unknowns.map(({ next }) => next)).toEqual([
      'kubectl netdebug trace pod/client pod/payments-1 -n shop',
    ]);
  });
});
