import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import { apiErrorFrom, connectionError, credentialsError } from './connection-errors.ts';
import type { ExecEnd, ExecHandlers, ExecRequest, ExecSession } from './exec-api.ts';
import { parseExecStatus } from './exec-status.ts';
import type { Connection } from './connection.ts';
import { mutable } from './rest.ts';
import type { Channel } from './transport.ts';

// Channels of the remote command protocol: the first byte of each binary message.
const stdinChannel = 0;
const stdoutChannel = 1;
const stderrChannel = 2;
const statusChannel = 3;
/** v5 only: the next byte names the channel that is closed. */
const closeChannel = 255;

const handshakeTimeoutMs = 30_000;
const pingIntervalMs = 5000;
/** So long without any message or pong the peer is gone; four pings fit in. */
const silenceLimitMs = 20_000;
/** The server closes after the status; one that does not is not waited for. */
const closeGraceMs = 1000;
const maxRefusalBytes = 64 * 1024;

/**
 * Opens an exec stream on a WebSocket, with flow control from the handlers down to the TCP window,
 * which client-node's own Exec lacks. Throws ApiError with the refusal's Status, or UserError.
 */
export async function openExecStream(
  connection: Connection,
  channel: Channel,
  request: ExecRequest,
  handlers: ExecHandlers,
): Promise<ExecSession> {
  const socket = new WebSocket(
    execUrl(connection.server, request),
    ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    {
      agent: channel.agent,
      headers: mutable(channel.headers) as Record<string, string>,
      handshakeTimeout: handshakeTimeoutMs,
      perMessageDeflate: false,
      maxPayload: 0,
      skipUTF8Validation: true,
    },
  );
  const session = attach(socket, handlers);
  await opened(socket, connection);
  return session();
}

function execUrl(server: string, request: ExecRequest): string {
  const pod = `/api/v1/namespaces/${encodeURIComponent(request.namespace)}/pods/${encodeURIComponent(request.pod)}/exec`;
  const url = new URL(server.replace(/^http/, 'ws') + pod);
  url.searchParams.set('container', request.container);
  for (const [name, value] of [
    ['stdin', request.stdin],
    ['stdout', true],
    ['stderr', true],
  ] as const)
    url.searchParams.set(name, String(value));
  for (const argument of request.command) url.searchParams.append('command', argument);
  return url.href;
}

function opened(socket: WebSocket, connection: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', (error) => reject(connectionError(error, connection)));
    socket.on('unexpected-response', (request, response) => {
      const chunks: Buffer[] = [];
      let lengthBytes = 0;
      const refuse = (): void => {
        const error = apiErrorFrom(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'));
        reject(response.statusCode === 401 ? credentialsError(error, connection) : error);
        request.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        lengthBytes += chunk.length;
        if (lengthBytes <= maxRefusalBytes) chunks.push(chunk);
      });
      response.on('end', refuse);
      response.on('error', refuse);
    });
  });
}

/** Listens from the first moment, so that no early message or late error is lost; the session is made once the protocol is agreed. */
function attach(socket: WebSocket, handlers: ExecHandlers): () => ExecSession {
  let status: ExecEnd | undefined;
  let cutReason = '';
  socket.on('error', (error) => (cutReason ||= error.message));
  const deliver = (data: Buffer): void | Promise<void> => {
    const payload = data.subarray(1);
    if (data[0] === stdoutChannel) return payload.length === 0 ? undefined : handlers.stdout(payload);
    if (data[0] === stderrChannel) return payload.length === 0 ? undefined : handlers.stderr(payload);
    if (data[0] === statusChannel) {
      status = parseExecStatus(payload.toString('utf8'));
      closeSoon(socket);
    }
  };
  const flow = createFlow(socket, deliver);
  const stopPing = keepAlive(socket, flow.isPaused, (reason) => {
    cutReason ||= reason;
    socket.terminate();
  });
  const done = new Promise<void>((resolve) => {
    socket.on('close', (code) => {
      stopPing();
      cutReason ||= `the connection was closed (code ${code})`;
      resolve();
    });
  })
    .then(() => flow.drained())
    .then((): ExecEnd => status ?? { kind: 'cut', message: cutReason });
  // Whoever asks for `done` later gets the rejection; until then it must not count as unhandled.
  done.catch(() => undefined);
  const write = (bytes: Buffer): boolean => {
    if (socket.readyState !== WebSocket.OPEN) return false;
    socket.send(bytes);
    return true;
  };
  return () => ({
    protocol: socket.protocol,
    send: (text) => write(Buffer.concat([Buffer.of(stdinChannel), Buffer.from(text)])),
    closeStdin: () => socket.protocol.startsWith('v5') && write(Buffer.of(closeChannel, stdinChannel)),
    terminate: () => socket.terminate(),
    done,
  });
}

interface Flow {
  readonly isPaused: () => boolean;
  /** Settles when everything received has been handled; rejects with the first handler's error. */
  readonly drained: () => Promise<void>;
}

/** Hands messages on one after the other; while one is being handled the socket is not read. */
function createFlow(socket: WebSocket, deliver: (data: Buffer) => void | Promise<void>): Flow {
  // Messages that were already in the socket's buffer still come after pause().
  const queue: Buffer[] = [];
  let running: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    queue.length = 0;
    socket.terminate();
  };
  const work = async (first: Promise<void>): Promise<void> => {
    socket.pause();
    try {
      await first;
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await deliver(next);
    } catch (error) {
      fail(error);
    } finally {
      running = undefined;
      socket.resume();
    }
  };
  socket.on('message', (data: RawData) => {
    if (failure !== undefined) return;
    const bytes = toBuffer(data);
    if (running !== undefined) return void queue.push(bytes);
    try {
      const pending = deliver(bytes);
      if (pending !== undefined) running = work(pending);
    } catch (error) {
      fail(error);
    }
  });
  return {
    isPaused: () => running !== undefined,
    drained: async () => {
      while (running !== undefined) await running;
      if (failure !== undefined) throw failure.error;
    },
  };
}

/** Pings the server, and gives up when nothing comes back; not while paused, for no pong is read then. */
function keepAlive(socket: WebSocket, isPaused: () => boolean, giveUp: (reason: string) => void): () => void {
  let heardAtMs = performance.now();
  const heard = (): void => void (heardAtMs = performance.now());
  socket.on('message', heard);
  socket.on('pong', heard);
  const timer = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN || isPaused()) return heard();
    if (performance.now() - heardAtMs > silenceLimitMs)
      return giveUp(`the server did not answer for ${silenceLimitMs / 1000} s`);
    socket.ping();
  }, pingIntervalMs);
  return () => clearInterval(timer);
}

function closeSoon(socket: WebSocket): void {
  socket.close(1000);
  const timer = setTimeout(() => socket.terminate(), closeGraceMs);
  socket.once('close', () => clearTimeout(timer));
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
