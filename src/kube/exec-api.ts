import type { KubeApi } from './kube-api.ts';

/** Running commands in containers over the API server (the subresource pods/exec). */
export interface ExecApi {
  /**
   * Starts a command. Resolves when the stream is open. Throws ApiError when the server refuses, with
   * the server's message, and UserError when no answer comes.
   */
  exec(request: ExecRequest, handlers: ExecHandlers): Promise<ExecSession>;
}

/** An API server on which commands can be run as well. */
export type KubeConnection = KubeApi & ExecApi;

export interface ExecRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** argv; no shell sees it. */
  readonly command: readonly string[];
  /** True opens standard input. */
  readonly stdin: boolean;
}

/** Receivers of the remote output. A promise stops the reading from the network until it is settled. */
export interface ExecHandlers {
  readonly stdout: (chunk: Buffer) => void | Promise<void>;
  readonly stderr: (chunk: Buffer) => void | Promise<void>;
}

/** A command that runs. */
export interface ExecSession {
  /** "v5.channel.k8s.io" or "v4.channel.k8s.io"; only v5 can half-close standard input. */
  readonly protocol: string;
  /** Writes to standard input; false if the stream is closed. */
  readonly send: (text: string) => boolean;
  /** Half-closes standard input; false if the protocol cannot or the stream is closed. */
  readonly closeStdin: () => boolean;
  /** Cuts the connection at once. `done` then reports a cut. */
  readonly terminate: () => void;
  /** How it ended; settled after the last handler has finished. Never rejects, except with a handler's own error. */
  readonly done: Promise<ExecEnd>;
}

/** `exited`: with an exit code. `failed`: the server says that it could not run. `cut`: the stream ended without a status. */
export type ExecEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'cut'; readonly message: string };
