import { randomBytes } from 'node:crypto';
import type { EphemeralContainer, PodObject } from '../target/pod-object.ts';
import { defaults } from './defaults.ts';

/** A container of ours in a pod, running, in which commands can be run. */
export interface DebugContainer {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly image: string;
  /** True if the capture sees a whole node's traffic, its own stream among it. */
  readonly hostNetwork: boolean;
  readonly node: string;
  /** Addresses of the place that is captured. */
  readonly addresses: readonly string[];
  /** argv in front of every program that is run there: empty, or what enters the traced pod's network. */
  readonly enter: readonly string[];
  /** Path in front of the traced place's own files: empty, or its root as another pod sees it. */
  readonly root: string;
}

/** Names of our containers: a prefix and six hexadecimal digits. */
export const namePattern: RegExp = /^netdebug-[0-9a-f]{6}$/;
const ttlVariable = 'NETDEBUG_TTL_SECONDS';
/** Beyond the capture there must be time to start and to end it. */
const marginMs = 60_000;

/** How much the container asks for. */
export type Rung = 'net-raw' | 'runtime-default';

/**
 * A new ephemeral container. Its main process only waits: captures run by exec, so that nothing is
 * logged on the node. The shell traps TERM, for as process 1 it would ignore it and hold up the
 * pod's deletion until the grace period is over.
 */
export function newContainer(
  image: string,
  durationMs: number,
): EphemeralContainer & { readonly command: readonly string[] } {
  // Time to spare, so that the next trace of the same length may use it again.
  const ttlSeconds = Math.ceil((defaults.containerTtlMs.value + durationMs + marginMs) / 1000);
  return {
    name: newName(),
    image,
    command: idleCommand(ttlSeconds),
    env: [{ name: ttlVariable, value: String(ttlSeconds) }],
  };
}

/** "netdebug-4f1c2a". */
export function newName(): string {
  return `netdebug-${randomBytes(3).toString('hex')}`;
}

/** argv of a main process that waits for so long and no longer. */
export function idleCommand(seconds: number): string[] {
  return ['sh', '-c', `trap "exit 0" TERM; sleep ${seconds} & wait`];
}

/**
 * The security context of a rung. Capturing needs user 0 and NET_RAW, no more; other capabilities
 * are not dropped, for a tcpdump that changes its user needs SETUID, SETGID and KILL.
 */
export function securityContext(rung: Rung): object {
  return {
    runAsUser: 0,
    runAsGroup: 0,
    runAsNonRoot: false,
    allowPrivilegeEscalation: false,
    seccompProfile: { type: 'RuntimeDefault' },
    ...(rung === 'net-raw' ? { capabilities: { add: ['NET_RAW'] } } : {}),
  };
}

/** Our containers in a pod: still running ones, and ones that are listed but have ended (or never ran). */
export interface OurContainers {
  readonly running: readonly RunningContainer[];
  readonly inert: readonly string[];
}

export interface RunningContainer {
  readonly name: string;
  readonly image: string;
  /** ISO 8601; when it ends by itself. Empty if unknown. */
  readonly endsAt: string;
}

/** Finds our containers in a pod, by their names. */
export function findOurs(pod: PodObject): OurContainers {
  const running: RunningContainer[] = [];
  const inert: string[] = [];
  for (const container of pod.spec?.ephemeralContainers ?? []) {
    if (!namePattern.test(container.name)) continue;
    const startedAt = pod.status?.ephemeralContainerStatuses?.find((status) => status.name === container.name)
      ?.state?.running?.startedAt;
    if (startedAt === undefined) inert.push(container.name);
    else
      running.push({
        name: container.name,
        image: container.image ?? '',
        endsAt: endOf(container, startedAt),
      });
  }
  return { running, inert };
}

/** Running containers of ours that can serve a capture of this length with this image, longest life first. */
export function reusable(
  ours: OurContainers,
  image: string,
  durationMs: number,
  nowMs: number,
): RunningContainer[] {
  return ours.running
    .filter(
      (container) =>
        container.image === image && Date.parse(container.endsAt) - nowMs > durationMs + marginMs,
    )
    .toSorted((one, other) => (one.endsAt < other.endsAt ? 1 : -1));
}

/** A container of ours in a pod as captures address it. */
export function asDebugContainer(pod: PodObject, name: string, image: string): DebugContainer {
  return {
    namespace: pod.metadata.namespace,
    pod: pod.metadata.name,
    container: name,
    image,
    hostNetwork: pod.spec?.hostNetwork === true,
    node: pod.spec?.nodeName ?? '',
    addresses: addressesOf(pod),
    enter: [],
    root: '',
  };
}

/** Addresses of a pod as its status has them. */
export function addressesOf(pod: PodObject): string[] {
  return (pod.status?.podIPs ?? []).flatMap((address) => (address.ip === undefined ? [] : [address.ip]));
}

function endOf(container: EphemeralContainer, startedAt: string): string {
  const ttlSeconds = Number(container.env?.find((variable) => variable.name === ttlVariable)?.value);
  const startMs = Date.parse(startedAt);
  if (!Number.isFinite(ttlSeconds) || !Number.isFinite(startMs)) return '';
  return new Date(startMs + Math.min(ttlSeconds, 1e8) * 1000).toISOString();
}
