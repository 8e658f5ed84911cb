import http from 'node:http';
import https from 'node:https';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UserError } from '../errors.ts';
import { apiErrorFrom, connectionError, credentialsError } from './connection-errors.ts';
import type { Query } from './kube-api.ts';
import type { Connection } from './connection.ts';
import type { Channel, Transport } from './transport.ts';

/** One request to the API server. */
export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** "/api/v1/…", without the server's own prefix. */
  readonly path: string;
  readonly query?: Query | undefined;
  readonly body?: object;
  readonly contentType?: string;
  /** What is kept of the answer; a longer one is an error, or cut with `cutAtMaxBytes`. */
  readonly maxBytes?: number;
  readonly cutAtMaxBytes?: boolean;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

const defaultMaxBytes = 128 * 1024 * 1024;
/** No byte for so long is a hung server: nothing here waits for events as a watch does. */
const silenceMs = 30_000;
const unzip = promisify(gunzip);

/**
 * Sends one request and gives the body of a 2xx answer. Throws ApiError for other answers,
 * {@link UserError} when no answer comes or the credentials are refused.
 */
export async function sendRest(
  connection: Connection,
  transport: Transport,
  request: RestRequest,
): Promise<string> {
  let answer = await attempt(connection, await transport.channel(), request);
  if (answer.status === 401 && (await transport.renew()))
    answer = await attempt(connection, await transport.channel(), request);
  const text = answer.body.toString('utf8');
  if (answer.status >= 200 && answer.status < 300) return text;
  const error = apiErrorFrom(answer.status, text);
  throw answer.status === 401 ? credentialsError(error, connection) : error;
}

async function attempt(connection: Connection, channel: Channel, request: RestRequest): Promise<Answer> {
  try {
    return await exchange(connection, channel, request);
  } catch (error) {
    // A kept connection that the server has closed meanwhile: the request was not processed.
    const isStale =
      error instanceof Error &&
      'onReusedConnection' in error &&
      (error as NodeJS.ErrnoException).code === 'ECONNRESET';
    if (isStale && request.method === 'GET') return attempt(connection, channel, request);
    throw error instanceof UserError ? error : connectionError(error, connection);
  }
}

function exchange(connection: Connection, channel: Channel, request: RestRequest): Promise<Answer> {
  const url = requestUrl(connection.server, request.path, request.query);
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const headers: http.OutgoingHttpHeaders = {
    ...mutable(channel.headers),
    Accept: 'application/json, */*',
    ...(connection.disableCompression ? {} : { 'Accept-Encoding': 'gzip' }),
    ...(body === undefined
      ? {}
      : {
          'Content-Type': request.contentType ?? 'application/json',
          'Content-Length': Buffer.byteLength(body),
        }),
  };
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? https.request : http.request;
    const options: https.RequestOptions = {
      method: request.method,
      agent: channel.agent,
      headers,
      timeout: silenceMs,
    };
    if (connection.requestTimeoutMs > 0) options.signal = AbortSignal.timeout(connection.requestTimeoutMs);
    const sent = send(url, options, (response) => {
      collect(response, request).then(resolve, reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`no data for ${silenceMs / 1000} s`)));
    sent.on('error', (error) =>
      reject(sent.reusedSocket ? Object.assign(error, { onReusedConnection: true }) : error),
    );
    sent.end(body);
  });
}

async function collect(response: http.IncomingMessage, request: RestRequest): Promise<Answer> {
  const maxBytes = request.maxBytes ?? defaultMaxBytes;
  const chunks: Buffer[] = [];
  let lengthBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    lengthBytes += chunk.length;
    if (lengthBytes > maxBytes && request.cutAtMaxBytes === true) break;
    if (lengthBytes > maxBytes) throw tooLong(request, maxBytes);
  }
  let body = Buffer.concat(chunks);
  if (response.headers['content-encoding'] === 'gzip') {
    body = await unzip(body, { maxOutputLength: maxBytes }).catch((error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
        ? tooLong(request, maxBytes)
        : error;
    });
  }
  return { status: response.statusCode ?? 0, body: body.subarray(0, maxBytes) };
}

/** URL of an API path below the server's own prefix. */
export function requestUrl(server: string, path: string, query: Query | undefined): URL {
  const url = new URL(server + path);
  for (const [key, value] of Object.entries(query ?? {})) url.searchParams.set(key, value);
  return url;
}

/** Headers in the form that node:http takes. */
export function mutable(headers: Channel['headers']): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([key, value]) => [key, typeof value === 'string' ? value : [...value]]),
  );
}

function tooLong(request: RestRequest, maxBytes: number): UserError {
  return new UserError(
    `The answer to ${request.method} ${request.path} is too long`,
    `it has more than ${maxBytes} bytes`,
    'Narrow the request with -n NAMESPACE.',
  );
}
