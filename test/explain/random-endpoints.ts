import fc from 'fast-check';
import type { EndpointSliceFacts, Facts, PodFacts, ServiceFacts } from '../../src/cluster/facts.ts';
import type { GonePodFacts } from '../../src/cluster/gone-pod-facts.ts';
import type { PodLifeFacts } from '../../src/cluster/pod-life-facts.ts';
import type { PodNetworkFacts } from '../../src/cluster/pod-network-facts.ts';
import type { ConversationGroup } from '../../src/conversations/conversation.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { endpoint, finding, group, pod, service, slice } from './builders.ts';
import { listener, podNetwork } from './pod-networks.ts';

const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 3 });
const nullable = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(one, { freq: 8 });
const time = fc.constantFrom('', 'x', '2026-11-21T10:04:01Z', '2026-11-21T10:03:00Z');

/** When a pod and its containers changed. */
export function anyLife(name: fc.Arbitrary<string>): fc.Arbitrary<PodLifeFacts> {
  return fc.record({
    deletedAt: time,
    readyChangedAt: time,
    containers: few(
      fc.record({
        name,
        restarts: fc.nat(9),
        runsSince: time,
        waitsFor: name,
        lastEnd: nullable(fc.record({ at: time, reason: name, exitCode: fc.nat(255) })),
        cpuLimit: name,
        memoryLimit: name,
      }),
    ),
  });
}

/** What pods may say of their networks. */
export function anyPodNetworks(
  name: fc.Arbitrary<string>,
  address: fc.Arbitrary<string>,
): fc.Arbitrary<PodNetworkFacts[]> {
  const sockets = few(
    fc.record({
      protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
      address: fc.oneof(address, fc.constantFrom('0.0.0.0', '::', '127.0.0.1', '::1')),
      port: fc.constantFrom(0, 53, 80, 8080),
      waiting: fc.nat(9),
      backlog: nullable(fc.nat(9)),
      program: name,
    }),
  );
  return few(
    fc.record({
      namespace: name,
      name,
      problem: name,
      sockets: nullable(sockets),
      areSocketsWhole: fc.boolean(),
      interfaces: nullable(few(fc.record({ name, mtuBytes: fc.nat(9000) }))),
      routes: nullable(few(fc.record({ destination: name, gateway: address, interfaceName: name }))),
      increases: nullable(fc.dictionary(fc.constantFrom('TcpExtListenOverflows', 'x'), fc.nat(9))),
      localPorts: nullable(fc.record({ first: fc.nat(65535), last: fc.nat(65535) })),
      maxBacklog: nullable(fc.nat(9)),
      timeWaits: nullable(few(fc.record({ server: address, count: fc.nat(9) }))),
    }),
  );
}

/** Pods that may have gone. */
export function anyGonePods(
  name: fc.Arbitrary<string>,
  address: fc.Arbitrary<string>,
): fc.Arbitrary<GonePodFacts[]> {
  const labels = fc.dictionary(name, name, { maxKeys: 2 });
  const how = fc.constantFrom('deleted' as const, 'replaced' as const, 'ended' as const);
  return few(
    fc.record({ namespace: name, name, addresses: few(address), labels, node: name, owner: name, how }),
  );
}

const crashed: PodLifeFacts = {
  deletedAt: '',
  readyChangedAt: '',
  containers: [
    {
      name: 'app',
      restarts: 3,
      runsSince: '',
      waitsFor: 'CrashLoopBackOff',
      lastEnd: { at: '2026-11-21T10:04:01Z', reason: 'OOMKilled', exitCode: 137 },
      cpuLimit: '',
      memoryLimit: '64Mi',
    },
  ],
};

/** Servers of which each fails in its own way, and what was read of them. */
export const ENDPOINT_PODS: readonly PodFacts[] = [
  pod('mute', { address: '10.244.2.61' }),
  pod('deaf', { address: '10.244.2.62' }),
  pod('full', { address: '10.244.2.63' }),
  pod('crashed', { address: '10.244.2.64', life: crashed }),
  pod('twin-1', { address: '10.244.2.65', labels: { app: 'twin' } }),
  pod('twin-2', { address: '10.244.2.66', labels: { app: 'twin' } }),
  pod('guarded', { address: '10.244.2.68', labels: { app: 'payments' } }),
];
export const ENDPOINT_SERVICES: readonly ServiceFacts[] = [
  service('twin', '10.96.3.60'),
  service('alias', '', { type: 'ExternalName', clusterIPs: [], externalName: '10.1.2.3', selector: null }),
];
export const ENDPOINT_SLICES: readonly EndpointSliceFacts[] = [
  slice('twin', [
    endpoint('10.244.2.65', { node: 'node2', pod: 'twin-1' }),
    endpoint('10.244.2.66', { node: 'node2', pod: 'twin-2' }),
  ]),
];
export const ENDPOINT_FACTS: Pick<Facts, 'podNetworks' | 'gonePods'> = {
  podNetworks: [
    podNetwork('mute', [listener('0.0.0.0:9090')]),
    podNetwork('deaf', [listener('127.0.0.1:8080')]),
    podNetwork('full', [listener('0.0.0.0:8080', { waiting: 2, backlog: 1 })], {
      increases: { TcpExtListenOverflows: 9 },
    }),
  ],
  gonePods: [
    {
      namespace: 'shop',
      name: 'left-1',
      addresses: ['10.244.2.67'],
      labels: { app: 'left' },
      node: 'node2',
      owner: 'ReplicaSet/left',
      how: 'deleted',
    },
  ],
};
export const ENDPOINT_FINDINGS: readonly Finding[] = [
  finding('tcp-refused', '10.244.2.61:8080'),
  finding('tcp-refused', '10.244.2.62:8080'),
  finding('tcp-syn-no-answer', '10.244.2.63:8080', { details: { succeeded: 4 } }),
  finding('tcp-refused', '10.244.2.64:8080'),
  finding('http-no-response', '10.244.2.66:8080'),
  finding('tcp-syn-no-answer', '10.244.2.67:8080'),
  finding('dns-nxdomain', '10.96.0.10:53', {
    details: { walks: [{ name: 'alias', candidates: ['alias'], types: ['A'], queries: 2, nxdomain: 2 }] },
  }),
  finding('capture-incomplete', '', {
    client: '',
    protocol: '',
    text: 'nothing was captured here: tcpdump: not found',
  }),
];
export const ENDPOINT_GROUPS: readonly ConversationGroup[] = [
  group('10.244.2.65:8080', { answered: 12 }),
  group('10.244.2.66:8080', { answered: 12 }),
  // Denied by the policy for the label, and answered.
  group('10.244.2.68:8080', { answered: 12 }),
];
/** Causes that are read where they happen, or that nothing else can make. */
export const CERTAIN_DESPITE_POLICIES: ReadonlySet<string> = new Set(['accept-queue-full', 'pod-gone']);
