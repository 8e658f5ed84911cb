import type { RawData, WebSocket } from 'ws';
import { connect } from '../../src/kube/connect.ts';
import type { KubeConnection } from '../../src/kube/exec-api.ts';
import type { DebugContainer } from '../../src/capture/debug-container.ts';
import { exitStatus, frame, startFakeApiServer } from '../kube/fake-api-server.ts';
import type { FakeAnswers, FakeApiServer } from '../kube/fake-api-server.ts';

/** The container that tests capture in. */
export const container: DebugContainer = {
  namespace: 'shop',
  pod: 'client',
  container: 'netdebug-000000',
  image: 'x',
  hostNetwork: false,
  node: 'node1',
  addresses: ['10.244.1.5'],
  enter: [],
  root: '',
};

export const ready = 'tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 2048 bytes\n';

/** Header of a little-endian pcap file with microseconds and Ethernet. */
export function fileHeader(linkType = 1): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(2048, 16);
  header.writeUInt32LE(linkType, 20);
  return header;
}

/** One record with so many bytes of payload. */
export function record(lengthBytes: number, fill = 0): Buffer {
  const bytes = Buffer.alloc(16 + lengthBytes, fill);
  bytes.fill(0, 0, 16);
  bytes.writeUInt32LE(lengthBytes, 8);
  bytes.writeUInt32LE(lengthBytes, 12);
  return bytes;
}

/** What tcpdump prints at its end. */
export function counters(captured: number, dropped = 0): string {
  return `${captured} packet${captured === 1 ? '' : 's'} captured\n${captured} packets received by filter\n${dropped} packets dropped by kernel\n`;
}

/** The far side of a capture, played by a test. */
export interface FarSide {
  readonly socket: WebSocket;
  readonly argv: readonly string[];
  readonly stdout: (bytes: Buffer) => void;
  readonly stderr: (text: string) => void;
  /** Prints counters and trailer, waits for the client to let go, and ends. */
  readonly end: (counterLines: string, exitCode?: number) => Promise<void>;
  /** Settles when the client asks for the end by a line. */
  readonly stopped: Promise<void>;
}

/** An API server whose exec streams are played by `play`. */
export async function startFarSide(
  play: (side: FarSide) => void,
  protocol: FakeAnswers['protocol'] = 'v5.channel.k8s.io',
  refuse: FakeAnswers['refuse'] = () => undefined,
): Promise<{ readonly api: KubeConnection; readonly server: FakeApiServer }> {
  const server = await startFakeApiServer({
    protocol,
    refuse,
    exec: (socket, url) => play(farSide(socket, url.searchParams.getAll('command'))),
  });
  return { api: connect({ server: server.url }, {}), server };
}

function farSide(socket: WebSocket, argv: readonly string[]): FarSide {
  const stopped = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let lines = 0;
  socket.on('message', (data: RawData) => {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.alloc(0);
    if (bytes[0] === 255) released.resolve();
    if (bytes[0] !== 0) return;
    lines += bytes.subarray(1).filter((byte) => byte === 10).length;
    if (lines >= 1) stopped.resolve();
    if (lines >= 2) released.resolve();
  });
  const stderr = (text: string): void => socket.send(frame(2, text));
  return {
    socket,
    argv,
    stdout: (bytes) => socket.send(frame(1, bytes)),
    stderr,
    stopped: stopped.promise,
    end: async (counterLines, exitCode = 0) => {
      stderr(`${counterLines}netdebug-exit ${exitCode}\n`);
      await released.promise;
      socket.send(exitStatus(exitCode));
      socket.close();
    },
  };
}
