import { afterEach, describe, expect, test } from 'vitest';
import type { RawData, WebSocket } from 'ws';
import { connect } from '../../src/kube/connect.ts';
import type { ExecHandlers, ExecSession } from '../../src/kube/exec-api.ts';
import { exitStatus, frame, startFakeApiServer, statusObject } from './fake-api-server.ts';
import type { FakeAnswers, FakeApiServer } from './fake-api-server.ts';

const request = {
  namespace: 'shop',
  pod: 'client',
  container: 'netdebug-000000',
  command: ['tcpdump', '-w', '-', 'a b'],
  stdin: true,
};
let server: FakeApiServer;

afterEach(() => server.close());

interface Collected extends ExecHandlers {
  readonly text: () => { readonly stdout: string; readonly stderr: string };
}

function collect(): Collected {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  return {
    stdout: (chunk) => void out.push(chunk),
    stderr: (chunk) => void err.push(chunk),
    text: () => ({ stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
  };
}

async function open(answers: FakeAnswers, handlers: ExecHandlers): Promise<ExecSession> {
  server = await startFakeApiServer(answers);
  return await connect({ server: server.url }, {}).exec(request, handlers);
}

function bytesOf(data: RawData): Buffer {
  return Buffer.isBuffer(data) ? data : Buffer.alloc(0);
}

describe('an exec stream', () => {
  test('hands on output by channel and reads the exit code from the status', async () => {
    let asked: URL | undefined;
    const output = collect();
    const session = await open(
      {
        exec: (socket, url) => {
          asked = url;
          for (const message of [frame(1, 'one '), frame(2, 'warn'), frame(1, 'two'), exitStatus(7)])
            socket.send(message);
        },
      },
      output,
    );
    expect(await session.done).toEqual({ kind: 'exited', exitCode: 7 });
    expect(output.text()).toEqual({ stdout: 'one two', stderr: 'warn' });
    expect(asked?.pathname).toBe('/api/v1/namespaces/shop/pods/client/exec');
    expect(asked?.searchParams.getAll('command')).toEqual(request.command);
    expect(asked?.searchParams.get('container')).toBe('netdebug-000000');
  });

  test('ignores unknown channels, empty messages and a CLOSE of the server', async () => {
    const output = collect();
    const session = await open(
      {
        exec: (socket) =>
          [
            frame(9, 'x'),
            Buffer.alloc(0),
            frame(255, Buffer.of(1)),
            frame(1, ''),
            frame(1, 'kept'),
            exitStatus(0),
          ].forEach((message) => socket.send(message)),
      },
      output,
    );
    expect(await session.done).toEqual({ kind: 'exited', exitCode: 0 });
    expect(output.text().stdout).toBe('kept');
  });

  test('takes early messages that come with the handshake', async () => {
    const output = collect();
    const session = await open(
      {
        exec: (socket) => {
          socket.send(frame(2, 'first words'));
          socket.send(exitStatus(0));
        },
      },
      output,
    );
    await session.done;
    expect(output.text().stderr).toBe('first words');
  });

  test.each([
    ['v5.channel.k8s.io', true, [Buffer.of(255, 0)]],
    ['v4.channel.k8s.io', false, []],
  ] as const)('%s can half-close standard input: %s', async (protocol, canClose, expected) => {
    const received: Buffer[] = [];
    const session = await open(
      {
        protocol,
        exec: (socket) =>
          socket.on('message', (data) => {
            const bytes = bytesOf(data);
            if (bytes.equals(frame(0, 'end\n'))) return socket.send(exitStatus(0));
            received.push(bytes);
          }),
      },
      collect(),
    );
    expect(session.protocol).toBe(protocol);
    expect(session.closeStdin()).toBe(canClose);
    expect(session.send('end\n')).toBe(true);
    await session.done;
    expect(received).toEqual(expected);
    expect(session.send('late')).toBe(false);
  });

  test('an end without a status is a cut', async () => {
    const output = collect();
    const session = await open(
      { exec: (socket) => socket.send(frame(1, 'part'), () => socket.terminate()) },
      output,
    );
    expect((await session.done).kind).toBe('cut');
    expect(output.text().stdout).toBe('part');
  });

  test('terminate() is a cut at once', async () => {
    const session = await open({}, collect());
    session.terminate();
    expect((await session.done).kind).toBe('cut');
  });

  test('a server that cannot run the command gives its reason', async () => {
    const status = frame(3, JSON.stringify({ status: 'Failure', message: 'container not found ("x")' }));
    const session = await open({ exec: (socket) => socket.send(status) }, collect());
    expect(await session.done).toEqual({ kind: 'failed', message: 'container not found ("x")' });
  });

  test('a refusal is an ApiError with the message of its body', async () => {
    const message = 'pods "client" is forbidden: User "eve" cannot get resource "pods/exec"';
    await expect(
      open({ refuse: () => statusObject(403, 'Forbidden', message) }, collect()),
    ).rejects.toMatchObject({ name: 'ApiError', status: 403, reason: 'Forbidden', message });
  });

  test('a refusal by a proxy quotes its page', async () => {
    await expect(
      open({ refuse: () => ({ status: 502, body: '<h1>Bad Gateway</h1>' }) }, collect()),
    ).rejects.toMatchObject({
      name: 'ApiError',
      status: 502,
      message: 'HTTP status 502: <h1>Bad Gateway</h1>',
    });
  });

  test('refused credentials are told to the user', async () => {
    await expect(
      open({ refuse: () => statusObject(401, 'Unauthorized', 'Unauthorized') }, collect()),
    ).rejects.toMatchObject({
      name: 'UserError',
      fix: expect.stringContaining('kubectl auth whoami') as string,
    });
  });

  test("a handler's error ends the stream and is passed on", async () => {
    const session = await open(
      { exec: (socket) => socket.send(frame(1, 'x')) },
      { stdout: () => Promise.reject(new Error('disk full')), stderr: () => undefined },
    );
    await expect(session.done).rejects.toThrow('disk full');
  });
});

describe('a consumer that is slow', () => {
  const pieceBytes = 256 * 1024;
  const pieces = 200;
  const sendAll = (socket: WebSocket): void => {
    for (let index = 0; index < pieces; index += 1) socket.send(frame(1, Buffer.alloc(pieceBytes, index)));
    socket.send(exitStatus(0));
  };

  test('holds the server back and loses nothing', async () => {
    let remote: WebSocket | undefined;
    const gate = Promise.withResolvers<void>();
    const seen: number[] = [];
    const handlers: ExecHandlers = {
      stdout: (chunk) => {
        seen.push(chunk[0] ?? -1);
        return seen.length === 1 ? gate.promise : Promise.resolve();
      },
      stderr: () => undefined,
    };
    const session = await open({ exec: (socket) => sendAll((remote = socket)) }, handlers);
    await settled(() => remote?.bufferedAmount ?? 0);
    // The kernel's socket buffers take a few MB; everything else must still be at the server.
    expect(remote?.bufferedAmount).toBeGreaterThan((pieces * pieceBytes) / 2);
    expect(seen).toEqual([0]);
    gate.resolve();
    expect(await session.done).toEqual({ kind: 'exited', exitCode: 0 });
    expect(seen).toEqual(Array.from({ length: pieces }, (_, index) => index));
  });

  test('gets everything before the end is reported', async () => {
    let handledBytes = 0;
    const handlers: ExecHandlers = {
      stdout: async (chunk) => {
        await new Promise((resolve) => setImmediate(resolve));
        handledBytes += chunk.length;
      },
      stderr: () => undefined,
    };
    const session = await open({ exec: sendAll }, handlers);
    await session.done;
    expect(handledBytes).toBe(pieces * pieceBytes);
  });
});

/** Waits until a value has not changed for a while. */
async function settled(read: () => number): Promise<void> {
  let same = 0;
  for (let last = -1; same < 10;) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    same = read() === last ? same + 1 : 0;
    last = read();
  }
}
