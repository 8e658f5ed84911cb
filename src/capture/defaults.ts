/** One default of a capture, as `--help` prints it. */
export interface Default<T> {
  readonly value: T;
  /** As shown: "30s", "100 MB". */
  readonly shown: string;
  readonly description: string;
}

/** Every default of a capture, in one place. */
export const defaults: {
  readonly durationMs: Default<number>;
  readonly snapLengthBytes: Default<number>;
  readonly maxBytes: Default<number>;
  readonly bytesPerSecond: Default<number>;
  readonly maxPods: Default<number>;
  readonly image: Default<string>;
  readonly containerTtlMs: Default<number>;
  readonly startTimeoutMs: Default<number>;
  readonly kernelBufferKib: Default<number>;
} = {
  durationMs: { value: 30_000, shown: '30s', description: 'how long to capture' },
  snapLengthBytes: {
    value: 2048,
    shown: '2048',
    description: 'bytes kept of each packet: headers, DNS, TLS hellos, HTTP heads',
  },
  maxBytes: { value: 100_000_000, shown: '100 MB', description: 'size at which a capture ends' },
  bytesPerSecond: {
    value: 5_000_000,
    shown: '5 MB/s',
    description: 'most that is drawn through the API server',
  },
  maxPods: { value: 10, shown: '10', description: 'most pods traced at once' },
  image: {
    value: 'docker.io/nicolaka/netshoot:v0.16',
    shown: 'docker.io/nicolaka/netshoot:v0.16',
    description: 'image of the debug container',
  },
  containerTtlMs: {
    value: 30 * 60_000,
    shown: '30m',
    description: 'life of the debug container; it ends by itself',
  },
  startTimeoutMs: { value: 90_000, shown: '90s', description: 'longest wait for the debug container to run' },
  kernelBufferKib: {
    value: 16_384,
    shown: '16 MiB',
    description: "kernel's buffer between the network and tcpdump (-B)",
  },
};
