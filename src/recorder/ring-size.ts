import type { PodObject } from '../target/pod-object.ts';

/** How a ring is cut into files of tcpdump's `-C` (whole megabytes) and `-W`. */
export interface RingShape {
  readonly files: number;
  readonly fileMegabytes: number;
  readonly ringBytes: number;
}

/** How large a ring may be, and what says so. */
export interface RingBound {
  readonly maxBytes: number;
  readonly reason: string;
}

const megabyte = 1_000_000;
/** One file is always the one that is about to be overwritten: with 16 the ring loses a sixteenth by that. */
const wantedFiles = 16;
/** Below this a ring holds too little to be worth a container. */
export const minRingBytes: number = 2 * megabyte;
/** The rest of the memory file system is the container's own, and room for tcpdump to end a file. */
const sharedPart = 0.75;
/** Of the memory that all containers of the pod may use together: what they are sure to spare. */
const podPart = 1 / 8;

/** Cuts a ring of at least {@link minRingBytes} into files; never larger than asked for. */
export function shapeRing(bytes: number): RingShape {
  const megabytes = Math.max(2, Math.floor(bytes / megabyte));
  const fileMegabytes = Math.max(1, Math.floor(megabytes / wantedFiles));
  const files = Math.floor(megabytes / fileMegabytes);
  return { files, fileMegabytes, ringBytes: files * fileMegabytes * megabyte };
}

/**
 * The largest ring for a container: its private memory file system /dev, and an eighth of the pod's
 * memory limit, for its pages count for the pod and would be paid for by the application.
 */
export function boundRing(freeBytes: number, podLimitBytes: number | null): RingBound {
  const ofContainer = Math.floor(freeBytes * sharedPart);
  const ofPod = podLimitBytes === null ? Infinity : Math.floor(podLimitBytes * podPart);
  return ofPod < ofContainer
    ? { maxBytes: ofPod, reason: "an eighth of the pod's memory limit" }
    : {
        maxBytes: ofContainer,
        reason: "three quarters of what is free in the container's memory file system /dev",
      };
}

/**
 * Bytes of memory that the containers of a pod may use together: the kubelet sets the sum as the pod's
 * own limit if each of them has one. null: at least one has none, and the pod is not limited.
 */
export function podMemoryLimit(pod: PodObject): number | null {
  const limits = (pod.spec?.containers ?? []).map((container) =>
    quantityBytes(container.resources?.limits?.['memory']),
  );
  if (limits.length === 0) return null;
  return limits.reduce<number | null>(
    (sum, limit) => (sum === null || limit === null ? null : sum + limit),
    0,
  );
}

const units: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** A Kubernetes quantity ("128Mi", "1e9") in bytes; null: none, or not readable. */
function quantityBytes(text: string | undefined): number | null {
  const match = /^(\d+(?:\.\d+)?(?:[eE]\d{1,2})?)([A-Za-z]{0,2})$/.exec(text ?? '');
  const bytes = Number(match?.[1] ?? NaN) * (units[match?.[2] ?? ''] ?? NaN);
  return Number.isFinite(bytes) ? Math.floor(bytes) : null;
}
