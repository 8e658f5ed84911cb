import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { runInContainer } from './container-process.ts';
import { patchEphemeralContainers, type ContainerState } from './ephemeral-containers.ts';
import { ExecStream, type FrameSizes } from './exec-stream.ts';
import { ObjectStore } from './objects.ts';
import type { Answer, Recording } from './recording.ts';
import { parseResourcePath, type ResourcePath } from './resource-path.ts';
import { forbidden, reviewAccess, verbOf, type Denies } from './rights.ts';
import { failure, noSuchPath, notFound, type Reply } from './status.ts';

/** How the server plays a cluster; every field has a default. */
export interface ServerOptions {
  /** Time that all packets of the capture together take; 0 (default): as fast as the client reads. */
  readonly replayMs?: number;
  readonly frames?: FrameSizes;
  /** Rights that the user lacks; default: none. */
  readonly denies?: Denies;
  /** State of a debug container after it was added; default: running. */
  readonly startState?: ContainerState;
  /** CapEff in the debug container; default: containerd's own set, which holds NET_RAW. */
  readonly effectiveCapabilities?: string;
}

/** A server that runs; ends with `close`. */
export interface DemoServer extends AsyncDisposable {
  /** "http://127.0.0.1:PORT". */
  readonly url: string;
  /** "VERB path?query" of every request so far, in order. */
  readonly requests: readonly string[];
  /** The traced pod as the server has it now. */
  readonly pod: () => Answer | undefined;
  readonly close: () => Promise<void>;
}

/** containerd 1.6, its default capabilities. */
const DEFAULT_CAPABILITIES = '00000000a80425fb';
const DEFAULT_FRAMES: FrameSizes = { stdoutBytes: 32_768, stderrBytes: 32_768 };
/** Bodies that this program sends are a few kilobytes. */
const MAX_BODY_BYTES = 1024 * 1024;
const PROTOCOLS: readonly string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/** Starts an API server on a free port of the loopback interface that serves a recording and replays its capture. */
export async function startServer(recording: Recording, options: ServerOptions = {}): Promise<DemoServer> {
  const cluster = new ServedCluster(recording, options);
  const server = createServer((request, response) => void cluster.answer(request, response));
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => PROTOCOLS.find((one) => offered.has(one)) ?? false,
  });
  server.on('upgrade', (request, socket, head) => cluster.upgrade(sockets, request, socket, head));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = async (): Promise<void> => await closeServer(server, sockets);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: cluster.requests,
    pod: () => cluster.tracedPod(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function closeServer(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const client of sockets.clients) client.terminate();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

/** Owns the objects of the recording while the server runs. */
class ServedCluster {
  readonly requests: string[] = [];
  readonly #recording: Recording;
  readonly #options: ServerOptions;
  readonly #store: ObjectStore;

  constructor(recording: Recording, options: ServerOptions) {
    this.#recording = recording;
    this.#options = options;
    this.#store = new ObjectStore(recording);
  }

  tracedPod(): Answer | undefined {
    const { namespace, pod } = this.#recording.scenario;
    return this.#store.object({
      groupVersion: '/api/v1',
      group: '',
      namespace,
      resource: 'pods',
      name: pod,
      subresource: '',
    });
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = await this.#route(request).catch((error: unknown) =>
      failure(400, 'BadRequest', error instanceof Error ? error.message : String(error)),
    );
    response.writeHead(reply.code, { 'content-type': 'application/json' });
    response.end(JSON.stringify(reply.body));
  }

  /** Exec: refused with a Status as an API server refuses, or upgraded. */
  upgrade(sockets: WebSocketServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = this.#note(request);
    const path = parseResourcePath(url.pathname);
    const refused = this.#refuseExec(path, url.searchParams);
    if (refused || !path) {
      const { code, body } = refused ?? noSuchPath();
      const text = JSON.stringify(body);
      socket.end(
        `HTTP/1.1 ${code} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
      );
      return;
    }
    sockets.handleUpgrade(
      request,
      socket,
      head,
      (client) => void this.#exec(client, url.searchParams.getAll('command')),
    );
  }

  async #exec(client: WebSocket, command: readonly string[]): Promise<void> {
    const stream = new ExecStream(client, this.#options.frames ?? DEFAULT_FRAMES);
    const exitCode = await runInContainer(stream, command, this.#recording, {
      replayMs: this.#options.replayMs ?? 0,
      effectiveCapabilities: this.#options.effectiveCapabilities ?? DEFAULT_CAPABILITIES,
    }).catch(async (error: unknown) => {
      await stream.writeStderr(`${error instanceof Error ? error.message : String(error)}\n`);
      return 1;
    });
    stream.exit(exitCode);
  }

  #refuseExec(path: ResourcePath | undefined, query: URLSearchParams): Reply | undefined {
    if (path?.resource !== 'pods' || path.subresource !== 'exec') return noSuchPath();
    if (this.#denies('get', path)) return forbidden('get', path);
    if (this.#denies('create', path)) return forbidden('create', path);
    const pod = this.#store.object({ ...path, subresource: '' });
    if (!pod) return notFound('pods', path.name);
    const container = query.get('container') ?? '';
    const statuses = ((pod['status'] as Answer | undefined)?.['ephemeralContainerStatuses'] ??
      []) as Answer[];
    const status = statuses.find((one) => one['name'] === container);
    if (!status)
      return failure(400, 'BadRequest', `container ${container} is not valid for pod ${path.name}`);
    const state = (status['state'] ?? {}) as Answer;
    if (!('running' in state)) return failure(500, 'InternalError', `container not found ("${container}")`);
    return undefined;
  }

  async #route(request: IncomingMessage): Promise<Reply> {
    const url = this.#note(request);
    const path = parseResourcePath(url.pathname);
    if (!path) return request.method === 'GET' ? this.#store.document(url.pathname) : noSuchPath();
    if (path.resource.startsWith('selfsubject') && request.method === 'POST') {
      return reviewAccess(path, (await readJson(request)) as Answer, this.#options.denies);
    }
    const verb = verbOf(request.method ?? '', path);
    if (this.#denies(verb, path)) return forbidden(verb, path);
    if (verb === 'get' && path.subresource !== '') return noSuchPath();
    if (verb === 'get' || verb === 'list') return this.#store.read(path, url.searchParams);
    if (verb !== 'patch' || path.resource !== 'pods' || path.subresource !== 'ephemeralcontainers') {
      return failure(
        405,
        'MethodNotAllowed',
        'the server does not allow this method on the requested resource',
      );
    }
    return patchEphemeralContainers(
      this.#store,
      path,
      {
        contentType: (request.headers['content-type'] ?? '').split(';')[0] ?? '',
        dryRun: url.searchParams.get('dryRun') === 'All',
        body: (await readJson(request)) as Answer,
      },
      this.#options.startState === undefined
        ? { running: { startedAt: new Date().toISOString() } }
        : this.#options.startState,
    );
  }

  #denies(verb: string, path: ResourcePath): boolean {
    return this.#options.denies?.(verb, path) === true;
  }

  #note(request: IncomingMessage): URL {
    this.requests.push(`${request.method} ${request.url}`);
    return new URL(request.url ?? '/', 'http://localhost');
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new RangeError(`the body has more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
