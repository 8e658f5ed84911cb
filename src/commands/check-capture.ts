import { defaults } from '../capture/defaults.ts';
import type { DebugContainer } from '../capture/debug-container.ts';
import { excludeOwnStream } from '../capture/filter.ts';
import { chooseInterfaces } from '../capture/interfaces.ts';
import { createPace } from '../capture/pace.ts';
import { peerFilter } from '../capture/peer-filter.ts';
import { startCapture } from '../capture/running-capture.ts';
import type { Io } from '../io.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { Analysis, type AnalysisResult } from '../pipeline.ts';
import type { PeerAddress } from '../target/peer.ts';
import { hashSeed } from './hash-seed.ts';

/** How long probes take beyond the usual, which the capture has to outlast. */
export interface CaptureTime {
  readonly watchMs: number;
  readonly io: Io;
}

/** Longer than all probes take together; the capture is ended before. */
export const CHECK_DURATION_MS = 90_000;
/** A SYN without an answer is called so after three seconds, and answers may be late. */
const SETTLE_MS = 1500;
const DNS_PORT = 53;

/** What is captured while probes run, besides DNS, ICMP and ARP. */
export interface CaptureScope {
  readonly addresses: readonly PeerAddress[];
  /** Of a name whose addresses are not known yet. */
  readonly port: number | undefined;
}

/** Runs a task while the pod's packets are captured and analysed. Throws UserError and ApiError if they cannot be. */
export async function captureDuring<T>(
  api: KubeConnection,
  container: DebugContainer,
  scope: CaptureScope,
  task: () => Promise<T>,
  { watchMs, io }: CaptureTime,
): Promise<{ readonly value: T; readonly result: AnalysisResult }> {
  const { chosen } = await chooseInterfaces(api, container, []);
  const interfaceName = chosen[0] ?? 'any';
  const { node, addresses, namespace, pod } = container;
  const source = {
    vantagePoint: `pod/${namespace}/${pod} ${interfaceName}`,
    node,
    addresses,
    container: container.container,
  };
  const analysis = new Analysis(source, 0, hashSeed());
  const narrow = filterOf(scope);
  const running = await startCapture(
    api,
    container,
    {
      interfaceName,
      snapLengthBytes: defaults.snapLengthBytes.value,
      count: undefined,
      filter: container.hostNetwork ? await excludeOwnStream(api, narrow) : narrow,
      kernelBufferKib: defaults.kernelBufferKib.value,
      durationMs: CHECK_DURATION_MS + watchMs,
      maxBytes: defaults.maxBytes.value,
      pace: createPace(defaults.bytesPerSecond.value),
    },
    { write: (chunk) => analysis.write(chunk) },
  );
  try {
    const value = await task();
    await io.sleep(SETTLE_MS);
    running.stop();
    const end = await running.done;
    const result = analysis.end({
      bothDirections: true,
      dropped: end.counters.droppedByKernel,
      ended: end.ended === 'interrupted' ? 'probes' : end.ended,
      problems: end.problems,
    });
    return { value, result };
  } finally {
    running.abandon();
  }
}

function filterOf({ addresses, port }: CaptureScope): string[] {
  const ports = [DNS_PORT, ...(port === undefined || port === 0 ? [] : [port])];
  const narrow = peerFilter([], addresses);
  return ['(', ...ports.flatMap((one) => ['port', String(one), 'or']), ...narrow, ')'];
}
