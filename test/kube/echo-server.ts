import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';

const folder = path.join(import.meta.dirname, 'certificates');

/** Content of one of the test certificates, PEM. */
export function certificate(
  name: 'ca.crt' | 'server.crt' | 'server.key' | 'client.crt' | 'client.key',
): string {
  return readFileSync(path.join(folder, name), 'utf8');
}

/** Path of one of the test certificates. */
export function certificatePath(name: 'ca.crt' | 'client.crt' | 'client.key'): string {
  return path.join(folder, name);
}

/** What a server saw of the client: who, and by which name it was called. */
export interface Seen {
  readonly server: string;
  readonly authorization: string;
  readonly impersonation: Readonly<Record<string, string>>;
  readonly clientName: string;
  readonly servername: string;
}

export interface EchoServer {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  /** Requests so far, oldest first. */
  readonly seen: Seen[];
  readonly close: () => Promise<void>;
}

/** A server that answers every request with "{}" and notes who asked. */
export async function startEchoServer(name: string, scheme: 'https' | 'http'): Promise<EchoServer> {
  const seen: Seen[] = [];
  const answer: http.RequestListener = (request, response) => {
    const socket = request.socket as Partial<TLSSocket>;
    const peer = socket.getPeerCertificate?.().subject?.CN;
    const impersonation = Object.entries(request.headersDistinct).filter(([key]) =>
      key.startsWith('impersonate-'),
    );
    seen.push({
      server: name,
      authorization: request.headers.authorization ?? '',
      impersonation: Object.fromEntries(
        impersonation.map(([key, values]) => [
          key,
          (values ?? []).toSorted((a, b) => (a < b ? -1 : 1)).join(','),
        ]),
      ),
      clientName: typeof peer === 'string' ? peer : '',
      servername: typeof socket.servername === 'string' ? socket.servername : '',
    });
    response.setHeader('Content-Type', 'application/json');
    response.end('{}');
  };
  const tls = {
    key: certificate('server.key'),
    cert: certificate('server.crt'),
    ca: certificate('ca.crt'),
    requestCert: true,
    rejectUnauthorized: false,
  };
  const server = scheme === 'https' ? https.createServer(tls, answer) : http.createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name,
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
