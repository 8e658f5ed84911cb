/** What tcpdump is asked for. */
export interface TcpdumpOptions {
  readonly interfaceName: string;
  readonly snapLengthBytes: number;
  /** Packets after which it ends by itself; undefined: no limit. */
  readonly count: number | undefined;
  /** The filter's arguments, checked by `filterTokens`. */
  readonly filter: readonly string[];
  readonly kernelBufferKib: number;
  /** Packets that leave or reach the interface only (-Q); undefined: both. */
  readonly direction?: Direction | undefined;
}

/** As seen from the place of the capture. */
export type Direction = 'in' | 'out';

/**
 * argv of a tcpdump that writes pcap to its standard output. `-U` writes each packet at once, so that
 * the analysis is live and a kill loses nothing; the kernel's buffer is large to make up for its
 * cost. Never `-G` or `-W`: they do not end a capture in which nothing matches.
 */
export function tcpdumpCommand(options: TcpdumpOptions): string[] {
  const count = options.count === undefined ? [] : ['-c', String(options.count)];
  const { interfaceName, snapLengthBytes, kernelBufferKib, direction } = options;
  return [
    'tcpdump',
    '-i',
    interfaceName,
    '-n',
    '-U',
    '-s',
    String(snapLengthBytes),
    '-B',
    String(kernelBufferKib),
    ...count,
    ...(direction === undefined ? [] : ['-Q', direction]),
    '-w',
    '-',
    '--',
    ...options.filter,
  ];
}
