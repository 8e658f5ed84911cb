import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

/** An API server in this process: plain functions answer REST requests and exec streams. */
export interface FakeApiServer {
  readonly url: string;
  /** TCP connections accepted so far. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

export interface FakeAnswers {
  readonly rest?: (request: http.IncomingMessage, body: string) => FakeAnswer | Promise<FakeAnswer>;
  /** Refuses an exec instead of opening it, if it gives an answer. */
  readonly refuse?: (request: http.IncomingMessage) => FakeAnswer | undefined;
  /** Plays the remote process. */
  readonly exec?: (socket: WebSocket, url: URL) => void;
  /** Newest protocol that the server speaks; default v5. */
  readonly protocol?: 'v5.channel.k8s.io' | 'v4.channel.k8s.io';
}

export interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Starts the server on a free port of 127.0.0.1. */
export async function startFakeApiServer(answers: FakeAnswers): Promise<FakeApiServer> {
  let connections = 0;
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void Promise.resolve(
        answers.rest?.(request, Buffer.concat(chunks).toString()) ?? { status: 404, body: 'no such path' },
      ).then((answer) => {
        response.writeHead(answer.status, answer.headers ?? { 'Content-Type': 'application/json' });
        response.end(encode(answer.body));
      });
    });
  });
  server.on('connection', () => (connections += 1));
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: (offered) =>
      offered.has(answers.protocol ?? 'v5.channel.k8s.io')
        ? (answers.protocol ?? 'v5.channel.k8s.io')
        : false,
  });
  server.on('upgrade', (request: http.IncomingMessage, socket: Socket, head: Buffer) => {
    const refusal = answers.refuse?.(request);
    if (refusal !== undefined) {
      const body = encode(refusal.body);
      socket.end(
        Buffer.concat([
          Buffer.from(
            `HTTP/1.1 ${refusal.status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
          ),
          body,
        ]),
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) =>
      answers.exec?.(webSocket, new URL(request.url ?? '/', 'http://localhost')),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    close: async () => {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A message of the remote command protocol: the channel, then the payload. */
export function frame(channel: number, payload: string | Buffer): Buffer {
  return Buffer.concat([Buffer.of(channel), Buffer.from(payload)]);
}

/** Status message of a process that ended with this exit code. */
export function exitStatus(exitCode: number): Buffer {
  const failure = {
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with exit code ${exitCode}`,
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
  return frame(3, JSON.stringify(exitCode === 0 ? { status: 'Success' } : failure));
}

/** A Status object as the API server sends it with an error. */
export function statusObject(
  code: number,
  reason: string,
  message: string,
  details: object = {},
): FakeAnswer {
  return {
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code, details },
  };
}

function encode(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
