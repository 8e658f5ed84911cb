/** One of several places where one incident was captured. */
export interface Vantage {
  /** Index into the report's `captures`. */
  readonly capture: number;
  /** "pod/shop/client eth0", or the file's name. */
  readonly name: string;
  /** Name of the node, which is one clock; empty: unknown. */
  readonly node: string;
  /** Addresses of the pod; empty: unknown. */
  readonly addresses: readonly string[];
  /** Packets that the capture lost by itself; null: nobody counted. */
  readonly dropped: number | null;
  /** Whether the capture lacks something: it broke off, or has gaps. */
  readonly isBroken: boolean;
  /** Whether it was taken without a filter for certain. */
  readonly isUnfiltered: boolean;
  /** The capture's bytes from their begin, unpacked; called for each time it is read. */
  readonly read: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Only the packets of these interfaces; undefined: of all. */
  readonly interfaces?: ReadonlySet<number> | undefined;
}
