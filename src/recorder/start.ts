import { chooseInterfaces } from '../capture/interfaces.ts';
import type { DebugContainer } from '../capture/debug-container.ts';
import { compileFilter, excludeOwnStream } from '../capture/filter.ts';
import { runCommand } from '../capture/run-command.ts';
import { UserError } from '../errors.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { printable } from '../kube/printable.ts';
import type { PodObject } from '../target/pod-object.ts';
import { farSide, probeScript, recorderFolder, startScript } from './far-side.ts';
import type { RecorderOrder } from './recorder.ts';
import { boundRing, minRingBytes, podMemoryLimit, shapeRing, type RingShape } from './ring-size.ts';
import { triggerOf } from './triggers.ts';

/** What is asked of a recorder that is to be started. */
export interface StartOptions extends Omit<RecorderOrder, 'interfaceName' | 'ringBytes'> {
  /** undefined: eth0, or what there is. */
  readonly interfaceName: string | undefined;
  /** undefined: as much as may be, at most `defaultRingBytes`. */
  readonly ringBytes: number | undefined;
  readonly kernelBufferKib: number;
}

/** A ring that nobody gave a size is at most this large. */
export const defaultRingBytes: number = 200_000_000;

/** A recorder that records. */
export interface StartedRecorder {
  readonly order: RecorderOrder;
  /** Why the ring is not larger; empty: it is as large as was asked for. */
  readonly bound: string;
}

/**
 * Starts a recorder in a debug container; it records when this resolves, and needs no client any more.
 * `otherRingBytes`: what further recorders of the pod hold. Throws UserError, the container is then as before.
 */
export async function startRecorder(
  api: KubeConnection,
  pod: PodObject,
  container: DebugContainer,
  options: StartOptions,
  otherRingBytes: number,
): Promise<StartedRecorder> {
  const { ring, bound } = await planRing(api, pod, container, options.ringBytes, otherRingBytes);
  const wanted = options.interfaceName === undefined ? [] : [options.interfaceName];
  const { chosen } = await chooseInterfaces(api, container, wanted);
  const [interfaceName = 'any'] = chosen;
  const filter = container.hostNetwork ? await excludeOwnStream(api, options.filter) : options.filter;
  await compileFilter(api, container, interfaceName, filter);
  const trigger = options.until === null ? { mode: '', expression: '' } : triggerOf(options.until);
  if (trigger.mode !== '') await compileFilter(api, container, interfaceName, [trigger.expression]);
  const { kernelBufferKib, ...asked } = options;
  const order: RecorderOrder = { ...asked, interfaceName, filter, ringBytes: ring.ringBytes };
  const folder = `${recorderFolder}/${order.name}`;
  const result = await runCommand(
    api,
    container,
    farSide(
      startScript,
      folder,
      JSON.stringify(order),
      String(order.ttlSeconds),
      String(order.afterSeconds),
      trigger.mode,
      interfaceName,
      trigger.expression,
      ...ringCommand(`${folder}/ring/r`, order, ring, kernelBufferKib),
    ),
  );
  if (result.exitCode === 73) throw existsAlready(container, order.name);
  if (result.exitCode !== 0)
    throw new UserError(
      `The recorder does not start in pod ${container.namespace}/${container.pod}`,
      printable(result.stderr.trim().split('\n').at(-1) ?? '') || `exit code ${result.exitCode}`,
      `See whether a capture works there: kubectl netdebug trace pod/${container.pod} -n ${container.namespace}`,
    );
  return { order, bound };
}

/**
 * argv of the tcpdump that writes the ring. `-C` with `-W` overwrites the oldest file and so bounds the
 * memory whatever happens; `-Z root`: a build that changes its user could not open the second file.
 */
function ringCommand(path: string, order: RecorderOrder, ring: RingShape, kernelBufferKib: number): string[] {
  return [
    'tcpdump',
    '-i',
    order.interfaceName,
    '-n',
    '-U',
    '-Z',
    'root',
    '-s',
    String(order.snapLengthBytes),
    '-B',
    String(kernelBufferKib),
    '-C',
    String(ring.fileMegabytes),
    '-W',
    String(ring.files),
    '-w',
    path,
    '--',
    ...order.filter,
  ];
}

async function planRing(
  api: KubeConnection,
  pod: PodObject,
  container: DebugContainer,
  wantedBytes: number | undefined,
  otherRingBytes: number,
): Promise<{ ring: RingShape; bound: string }> {
  const { stdout } = await runCommand(api, container, farSide(probeScript));
  const freeBytes = Number(/^free (\d{1,15})$/m.exec(stdout)?.[1] ?? 0) * 1024;
  const missing = [...stdout.matchAll(/^missing (\w+)$/gm)].map((match) => match[1]);
  if (missing.length > 0)
    throw new UserError(
      `The image ${container.image} has no ${missing.join(', ')}`,
      'the recorder needs tcpdump, tar, sha256sum and od in the debug container',
      'Name another image: --image docker.io/nicolaka/netshoot:v0.16',
    );
  if (!/^type tmpfs$/m.test(stdout))
    throw new UserError(
      `Pod ${container.namespace}/${container.pod} has no memory for a ring`,
      "/dev of its debug container is no memory file system, and a ring is never kept on the pod's disk",
      'Capture with the client connected: kubectl netdebug trace … --duration 24h --max-bytes 1GB',
    );
  const whole = boundRing(freeBytes, podMemoryLimit(pod));
  const maxBytes = whole.maxBytes - otherRingBytes;
  const isTooLarge = wantedBytes !== undefined && wantedBytes > maxBytes;
  if (isTooLarge || maxBytes < minRingBytes) throw tooLarge(container, wantedBytes, maxBytes, whole.reason);
  const ring = shapeRing(Math.min(wantedBytes ?? defaultRingBytes, maxBytes));
  return { ring, bound: wantedBytes === undefined && maxBytes < defaultRingBytes ? whole.reason : '' };
}

function tooLarge(
  { namespace, pod }: DebugContainer,
  wantedBytes: number | undefined,
  maxBytes: number,
  reason: string,
): UserError {
  const megabytes = (bytes: number): string => `${Math.max(0, Math.floor(bytes / 1e6))} MB`;
  const what = wantedBytes === undefined ? 'any size' : megabytes(wantedBytes);
  return new UserError(
    `A ring of ${what} does not fit into pod ${namespace}/${pod}`,
    `it is kept in memory that counts for the pod, and ${megabytes(maxBytes)} may be used (${reason})`,
    maxBytes < minRingBytes
      ? "Give the pod's containers more memory, or stop another recorder: kubectl netdebug capture list"
      : `--ring ${Math.floor(maxBytes / 1e6)}MB; a smaller --snaplen or a --filter makes it last longer.`,
  );
}

/** The error when a pod has a recorder of this name already. */
export function existsAlready({ namespace, pod }: DebugContainer, name: string): UserError {
  return new UserError(
    `Pod ${namespace}/${pod} has a recorder "${name}" already`,
    'there is one for each pod unless they have names',
    `Fetch what it holds and end it: kubectl netdebug capture pull pod/${pod} -n ${namespace} --stop; or start another one: --name NAME`,
  );
}
