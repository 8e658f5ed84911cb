import { UserError } from '../errors.ts';
import type { ExecEnd, ExecSession, KubeConnection } from '../kube/exec-api.ts';
import { printable } from '../kube/printable.ts';
import type { DebugContainer } from './debug-container.ts';
import { tcpdumpCommand } from './tcpdump-command.ts';
import type { TcpdumpOptions } from './tcpdump-command.ts';
import { readTcpdumpOutput } from './tcpdump-output.ts';
import type { TcpdumpOutput } from './tcpdump-output.ts';
import { wrapped } from './wrapper.ts';

/** One tcpdump on one connection: a capture that is never cut has one segment. */
export interface Segment {
  /** The line "listening on …"; empty if packets came before it. */
  readonly listening: string;
  readonly stop: () => void;
  readonly terminate: () => void;
  readonly done: Promise<SegmentEnd>;
}

export interface SegmentEnd {
  readonly end: ExecEnd;
  readonly output: TcpdumpOutput;
}

const readyTimeoutMs = 20_000;

/**
 * Starts the wrapped tcpdump and resolves when it listens. `deliver` takes its standard output; a
 * promise from it holds the stream back. Throws UserError if tcpdump does not come to listen, ApiError
 * if the server refuses.
 */
export async function startSegment(
  api: KubeConnection,
  container: DebugContainer,
  seconds: number,
  options: TcpdumpOptions,
  deliver: (chunk: Buffer) => void | Promise<void>,
): Promise<Segment> {
  const opened: { session?: ExecSession } = {};
  let hasTrailer = false;
  // The far side waits for this before it ends; v4 cannot half-close, but the wrapper takes lines as well.
  const release = (): void => {
    hasTrailer = true;
    const { session } = opened;
    if (session !== undefined && !session.closeStdin()) session.send('\n\n');
  };
  const ready = Promise.withResolvers<string>();
  const output = readTcpdumpOutput({ onReady: ready.resolve, onTrailer: release });
  const command = wrapped(seconds, [...container.enter, ...tcpdumpCommand(options)]);
  const request = {
    namespace: container.namespace,
    pod: container.pod,
    container: container.container,
    command,
    stdin: true,
  };
  const stdout = (chunk: Buffer): void | Promise<void> => {
    // A sink that holds the stream back from the first packet on holds the line "listening on" back as well.
    ready.resolve('');
    return deliver(chunk);
  };
  const session = await api.exec(request, { stdout, stderr: output.push });
  opened.session = session;
  if (hasTrailer) release();
  const { done, send, terminate } = session;
  const timer = setTimeout(
    () => ready.reject(notStarted(container, `it did not say so within ${readyTimeoutMs / 1000} s`)),
    readyTimeoutMs,
  );
  done.then(
    (end) => ready.reject(notStarted(container, reasonOf(output, end))),
    (error: unknown) => ready.reject(error),
  );
  try {
    const listening = await ready.promise;
    return { listening, stop: () => send('\n'), terminate, done: done.then((end) => ({ end, output })) };
  } catch (error) {
    terminate();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(output: TcpdumpOutput, end: ExecEnd): string {
  const said = output.messages().at(-1);
  if (said !== undefined) return printable(said);
  return end.kind === 'exited' ? `it ended with status ${end.exitCode}` : end.message;
}

function notStarted(container: DebugContainer, why: string): UserError {
  const { namespace, pod, container: name, image } = container;
  return new UserError(
    `tcpdump does not capture in pod ${namespace}/${pod}`,
    why,
    /tcpdump.{0,20}not found/.test(why)
      ? `Name an image that has it, with sh and as root: --image REGISTRY/netshoot:TAG; it was ${image}. More: kubectl netdebug explain image-cannot-capture`
      : `Try by hand: kubectl exec ${pod} -n ${namespace} -c ${name} -- tcpdump -c 1 -i any; what an image needs: kubectl netdebug explain image-cannot-capture`,
  );
}
