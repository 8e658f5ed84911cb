import type { ConnectionFlags } from './connection-flags.ts';
import { UserError } from '../errors.ts';
import type { ExecHandlers, ExecRequest, ExecSession, KubeConnection } from './exec-api.ts';
import { openExecStream } from './exec-stream.ts';
import { ApiError } from './kube-api.ts';
import type { Query } from './kube-api.ts';
import type { Environment } from './load-kubeconfig.ts';
import { resolveConnection } from './resolve-connection.ts';
import type { Connection } from './connection.ts';
import { sendRest } from './rest.ts';
import { createTransport } from './transport.ts';
import type { Transport } from './transport.ts';

const pageSize = 500;
const defaultMaxItems = 20_000;

/**
 * The API server that kubectl would use with the same flags and environment. Nothing is sent and no
 * credential plugin is run before the first request. Throws UserError for an unusable configuration.
 */
export function connect(
  flags: ConnectionFlags,
  environment: Environment,
): KubeConnection & { readonly close: () => void } {
  const connection = resolveConnection(flags, environment);
  const transport = createTransport(connection, environment);
  return { ...openApi(connection, transport), close: transport.close };
}

function openApi(connection: Connection, transport: Transport): KubeConnection {
  const send = (request: Parameters<typeof sendRest>[2]): Promise<string> =>
    sendRest(connection, transport, request);
  const json = async <T>(request: Parameters<typeof sendRest>[2]): Promise<T> =>
    parse<T>(await send(request), request.path);
  return {
    server: connection.server,
    context: connection.context,
    namespace: connection.namespace,
    get: (path, query) => json({ method: 'GET', path, query }),
    list: <T>(path: string, query?: Query, maxItems?: number) =>
      listAll<T>(
        (page) => json({ method: 'GET', path, query: { ...query, ...page } }),
        maxItems ?? defaultMaxItems,
      ),
    create: (path, body, query) => json({ method: 'POST', path, body, query }),
    patch: (path, body, query) =>
      json({ method: 'PATCH', path, body, query, contentType: 'application/strategic-merge-patch+json' }),
    delete: async (path, query) => void (await send({ method: 'DELETE', path, query })),
    getText: (path, query, maxBytes) =>
      send({
        method: 'GET',
        path,
        query,
        ...(maxBytes === undefined ? {} : { maxBytes, cutAtMaxBytes: true }),
      }),
    exec: (request, handlers) => openExec(connection, transport, request, handlers),
  };
}

async function openExec(
  connection: Connection,
  transport: Transport,
  request: ExecRequest,
  handlers: ExecHandlers,
): Promise<ExecSession> {
  try {
    return await openExecStream(connection, await transport.channel(), request, handlers);
  } catch (error) {
    const isRefused =
      error instanceof UserError && error.cause instanceof ApiError && error.cause.status === 401;
    if (!isRefused || !(await transport.renew())) throw error;
    return openExecStream(connection, await transport.channel(), request, handlers);
  }
}

interface Page<T> {
  readonly items?: readonly T[] | null;
  readonly metadata?: { readonly continue?: string };
}

async function listAll<T>(fetchPage: (query: Query) => Promise<Page<T>>, maxItems: number): Promise<T[]> {
  const items: T[] = [];
  let next = '';
  do {
    const query: Query =
      next === '' ? { limit: String(pageSize) } : { limit: String(pageSize), continue: next };
    const page = await fetchPage(query).catch(async (error: unknown) => {
      // The snapshot behind the continue token is gone: take the whole list in one piece, as client-go does.
      if (!(error instanceof ApiError && error.status === 410 && next !== '')) throw error;
      items.length = 0;
      return fetchPage({});
    });
    for (const item of page.items ?? []) items.push(item);
    next = page.metadata?.continue ?? '';
  } while (next !== '' && items.length < maxItems);
  return items.slice(0, maxItems);
}

function parse<T>(text: string, path: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new ApiError(0, '', `the answer to ${path} is not JSON`, {}, { cause: error });
  }
}
