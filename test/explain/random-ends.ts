import type { EndpointSliceFacts, PodFacts, ServiceFacts } from '../../src/cluster/facts.ts';
import type { ConversationGroup } from '../../src/conversations/conversation.ts';
import type { Finding, TlsDetails } from '../../src/detect/finding.ts';
import { endpoint, finding, group, pod, port, service, slice } from './builders.ts';

/** Faults at the two ends of connections that work, for the test of random facts: all of them at one Service. */
const SERVER = '10.96.3.30:443';
export const ENDS_PODS: readonly PodFacts[] = [
  pod('web-1', { address: '10.244.2.30', labels: { app: 'web' } }),
];
export const ENDS_SERVICES: readonly ServiceFacts[] = [
  service('web', '10.96.3.30', { ports: [port({ name: 'https', port: 443, targetPort: 8443 })] }),
];
export const ENDS_SLICES: readonly EndpointSliceFacts[] = [
  slice('web', [endpoint('10.244.2.30', { node: 'node2', pod: 'web-1' })], {
    ports: [{ name: 'https', port: 8443, protocol: 'TCP' }],
  }),
];
export const ENDS_GROUPS: readonly ConversationGroup[] = [
  group(SERVER, { answered: 4 }, { handshakeMs: 0.4 }),
];

const certificate = {
  subject: 'web',
  issuer: 'Test CA',
  names: ['web'],
  notBefore: '2025-11-20T10:00:00.000Z',
  notAfter: '2026-11-20T10:00:00.000Z',
};
const asked = { names: ['shop'], protocols: [] };
const certified = (problem: TlsDetails['problem'] & string): Finding =>
  finding('tls-bad-certificate', SERVER, {
    details: { tls: { ...asked, problem, reaction: 'refused', certificate } },
  });
const spoken = (question: string, answered: string, protocols: readonly string[] = []): Finding =>
  finding('wrong-protocol', SERVER, {
    details: { spoke: { asked: question, answered }, tls: { ...asked, protocols } },
  });

export const ENDS_FINDINGS: readonly Finding[] = [
  certified('expired'),
  certified('name'),
  spoken('TLS', 'HTTP/1 response'),
  spoken('TLS', 'HTTP/1 response', ['istio']),
  spoken('HTTP/1', 'TLS alert'),
  finding('tcp-reset-after-idle', SERVER, { details: { by: 'server', longestMs: 40_000 } }),
  finding('http-slow', SERVER, { details: { by: 'server', longestMs: 4000 } }),
  finding('tcp-zero-window', SERVER, { details: { by: 'client', longestMs: 4000 } }),
];
