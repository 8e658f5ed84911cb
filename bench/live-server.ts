import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';

/*
 * `node live-server.ts CAPTURE FRAME_BYTES PACKETS PACKETS_PER_SECOND`: an API server that does nothing but exec, over
 * TLS. It sends a capture of equal records as tcpdump's output, at that rate and never faster, in frames of that many
 * bytes; then it prints, as JSON, how long it should have taken and how long it took. First it prints its port.
 */
const [path = '', ...numbers] = process.argv.slice(2);
const [frameBytes = 0, packets = 0, packetsPerSecond = 0] = numbers.map(Number);
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** What waits in the server until the client has taken it, as in a pipe. */
const WAITING_BYTES = 1 << 20;

const certificates = join(import.meta.dirname, '../test/kube/certificates');
const server = createServer({
  cert: readFileSync(join(certificates, 'server.crt')),
  key: readFileSync(join(certificates, 'server.key')),
});
const capture = readFileSync(path);
const recordBytes = RECORD_HEADER_BYTES + capture.readUInt32LE(FILE_HEADER_BYTES + 8);
const records = capture.subarray(FILE_HEADER_BYTES);

/** A message of the remote command protocol; a copy, for the socket keeps it. */
function message(channel: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([channel]), bytes]);
}

async function send(socket: WebSocket): Promise<void> {
  socket.send(message(1, capture.subarray(0, FILE_HEADER_BYTES)));
  const startMs = performance.now();
  const totalBytes = packets * recordBytes;
  for (let at = 0; at < totalBytes && socket.readyState === socket.OPEN;) {
    const dueBytes = ((performance.now() - startMs) / 1000) * packetsPerSecond * recordBytes;
    if (at > dueBytes || socket.bufferedAmount > WAITING_BYTES) {
      await sleep(1);
      continue;
    }
    // The capture again and again: its times do not matter here.
    const from = at % records.length;
    const bytes = Math.min(frameBytes, totalBytes - at, records.length - from);
    socket.send(message(1, records.subarray(from, from + bytes)));
    at += bytes;
  }
  while (socket.bufferedAmount > 0 && socket.readyState === socket.OPEN) await sleep(1);
  const tookSeconds = (performance.now() - startMs) / 1000;
  console.log(JSON.stringify({ plannedSeconds: packets / packetsPerSecond, tookSeconds }));
  socket.send(message(3, Buffer.from('{"status":"Success"}')));
}

const sockets = new WebSocketServer({
  server,
  handleProtocols: () => 'v5.channel.k8s.io',
  perMessageDeflate: false,
});
sockets.on('connection', (socket) => {
  socket.on('close', () => process.exit());
  socket.on('message', (data: Buffer) => {
    // The newline of a client that has what it wanted.
    if (data[0] === 0) socket.close(1000);
  });
  void send(socket);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
