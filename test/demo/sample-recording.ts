import type { Answer, Recording } from '../../src/demo/recording.ts';

/** A classic pcap (little-endian, microseconds, Ethernet) whose frames lie `gapMs` apart. */
export function pcap(frames: readonly Buffer[], gapMs = 10): Buffer {
  const header = Buffer.from('d4c3b2a1020004000000000000000000000004000100000000', 'hex').subarray(0, 24);
  const records = frames.map((frame, index) => {
    const record = Buffer.alloc(16);
    const timeMs = 1_795_000_000_000 + index * gapMs;
    record.writeUInt32LE(Math.floor(timeMs / 1e3), 0);
    record.writeUInt32LE((timeMs % 1e3) * 1e3, 4);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return Buffer.concat([record, frame]);
  });
  return Buffer.concat([header, ...records]);
}

export const FRAMES: readonly Buffer[] = [60, 90, 1500, 70].map((length, index) =>
  Buffer.alloc(length, index + 1),
);

const STDERR = `tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 2048 bytes
4 packets captured
6 packets received by filter
2 packets dropped by kernel
`;

function pod(namespace: string, name: string, labels: Record<string, string>, node = 'node1'): Answer {
  return {
    metadata: { namespace, name, labels, uid: `uid-${name}` },
    spec: { nodeName: node, containers: [{ name: 'main', image: 'busybox' }] },
    status: { phase: 'Running', podIP: '10.244.1.5', containerStatuses: [] },
  };
}

function namespace(name: string, level?: string): Answer {
  return {
    metadata: { name, labels: level === undefined ? {} : { 'pod-security.kubernetes.io/enforce': level } },
  };
}

/** A recording of one pod in `shop`, with pods in namespaces of each Pod Security level. */
export function sampleRecording(changes: Partial<Recording> = {}): Recording {
  return {
    name: 'sample',
    scenario: { title: 'A sample', namespace: 'shop', pod: 'client', see: 'nothing' },
    answers: new Map<string, Answer>([
      ['/version', { major: '1', minor: '34', gitVersion: 'v1.34.4' }],
      ['/api/v1', { kind: 'APIResourceList', groupVersion: 'v1', resources: [] }],
      [
        '/api/v1/namespaces',
        {
          kind: 'NamespaceList',
          apiVersion: 'v1',
          metadata: {},
          items: [namespace('shop'), namespace('base', 'baseline'), namespace('tight', 'restricted')],
        },
      ],
      [
        '/api/v1/pods',
        {
          kind: 'PodList',
          apiVersion: 'v1',
          metadata: { resourceVersion: '7' },
          items: [
            pod('base', 'client', {}),
            pod('shop', 'client', { app: 'client' }),
            pod('shop', 'payments-1', { app: 'payments', tier: 'back' }),
            pod('shop', 'payments-2', { app: 'payments' }, 'node2'),
            pod('tight', 'client', {}),
          ],
        },
      ],
      [
        '/apis/discovery.k8s.io/v1/endpointslices',
        { kind: 'EndpointSliceList', apiVersion: 'discovery.k8s.io/v1', metadata: {}, items: [] },
      ],
    ]),
    capture: pcap(FRAMES),
    resolvConf: 'nameserver 10.96.0.10\nsearch shop.svc.cluster.local\noptions ndots:5\n',
    stderr: STDERR,
    ...changes,
  };
}
