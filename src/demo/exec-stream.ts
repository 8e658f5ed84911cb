import type { WebSocket } from 'ws';
import type { Answer } from './recording.ts';

/** Channels of v4.channel.k8s.io and v5.channel.k8s.io (Kubernetes, remotecommand). */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;

/** Where the server cuts its frames; small values prove that a client does not rely on whole lines or records. */
export interface FrameSizes {
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
}

/** The server's end of an exec: what a process in the container reads and writes. */
export class ExecStream {
  /** True once stdin is closed: by the client's half-close, or because the connection is gone. */
  stdinEnded = false;
  /** Calls that are made when a line or the end of stdin arrives. */
  readonly #waiting: (() => void)[] = [];
  readonly #socket: WebSocket;
  readonly #frames: FrameSizes;
  #lines = 0;

  constructor(socket: WebSocket, frames: FrameSizes) {
    this.#socket = socket;
    this.#frames = frames;
    socket.on('message', (data: Buffer) => this.#take(data));
    socket.on('close', () => this.#endStdin());
    socket.on('error', () => this.#endStdin());
    // As kubelet does, so that the client sees the connection stand.
    socket.send(Buffer.from([CHANNEL.stdout]));
  }

  /** Resolves with true for each line on stdin, with false at its end. */
  async readLine(): Promise<boolean> {
    for (;;) {
      if (this.#lines > 0) {
        this.#lines -= 1;
        return true;
      }
      if (this.stdinEnded) return false;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async writeStdout(bytes: Uint8Array): Promise<void> {
    await this.#write(CHANNEL.stdout, bytes, this.#frames.stdoutBytes);
  }

  async writeStderr(text: string): Promise<void> {
    await this.#write(CHANNEL.stderr, Buffer.from(text), this.#frames.stderrBytes);
  }

  /** Sends the Status and closes. */
  exit(exitCode: number): void {
    this.#socket.send(
      Buffer.concat([Buffer.from([CHANNEL.status]), Buffer.from(JSON.stringify(exitStatus(exitCode)))]),
    );
    this.#socket.close(1000);
  }

  /** Waits until the frame has left, so that a slow client slows the sender. */
  async #write(channel: number, bytes: Uint8Array, frameBytes: number): Promise<void> {
    for (let at = 0; at < bytes.length; at += frameBytes) {
      const frame = Buffer.concat([Buffer.from([channel]), bytes.subarray(at, at + frameBytes)]);
      // A socket that is gone has ended stdin, which ends the process.
      await new Promise<void>((resolve) => this.#socket.send(frame, () => resolve()));
    }
  }

  #take(data: Buffer): void {
    if (
      data[0] === CHANNEL.close &&
      data[1] === CHANNEL.stdin &&
      this.#socket.protocol === 'v5.channel.k8s.io'
    )
      this.#endStdin();
    if (data[0] !== CHANNEL.stdin) return;
    this.#lines += data.subarray(1).filter((byte) => byte === 0x0a).length;
    this.#wake();
  }

  #endStdin(): void {
    this.stdinEnded = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function exitStatus(exitCode: number): Answer {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}
