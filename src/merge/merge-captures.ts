import { mergeInOrder } from '../matching/merge.ts';
import type { Piece } from '../matching/merge.ts';
import type { Frame, FrameSink } from '../pcap/frame.ts';
import { CaptureReader } from '../pcap/reader.ts';
import type { MergedPlace } from './merged-interface.ts';
import { headerBlocks, packetBlock } from './pcapng-blocks.ts';
import type { MergedInterface } from './pcapng-blocks.ts';

/** A capture to be merged with others. */
export interface MergeSource {
  readonly place: MergedPlace;
  /** What is missing in it, one sentence each: gaps, packets that did not arrive. */
  readonly problems?: readonly string[];
  /** Of a capture that is itself merged: its interfaces; undefined: all. */
  readonly interfaces?: ReadonlySet<number> | undefined;
  /** Reads its bytes from their begin; called twice. */
  readonly read: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** What was merged. */
export interface Merged {
  readonly packets: number;
  /** Packets without a time, which have no place among others. */
  readonly leftOut: number;
}

/**
 * Merges captures into one pcapng capture: an interface for each place (for each of its own, where it has several),
 * times corrected by the places' clocks, packets in the order of time. `write` takes the bytes in order; they are not
 * used again. Memory is bounded.
 */
export async function mergeCaptures(
  sources: readonly MergeSource[],
  write: (bytes: Buffer) => void,
): Promise<Merged> {
  const interfaces: MergedInterface[] = [];
  const ids: ReadonlyMap<number, number>[] = [];
  for (const source of sources) {
    const found = new Map<number, number>();
    for (const [id, link] of await linksOf(source)) {
      found.set(id, interfaces.length);
      // Of several interfaces the first one carries what is said of all.
      const comments = found.size === 1 ? (source.problems ?? []) : [];
      interfaces.push({ place: source.place, comments, ...link });
    }
    ids.push(found);
  }
  write(headerBlocks(interfaces));
  const merged = { packets: 0, leftOut: 0 };
  const origin: Origin = { seconds: Number.NaN };
  const trails = sources.map((source, index) => new FrameTrail(source, ids[index] ?? new Map(), origin));
  await mergeInOrder(
    trails.map((trail) => trail.batches()),
    sources.map(({ place }) => place.clockAheadNs),
    ({ interfaceId, originalLength, bytes }, correctedNs) => {
      const timeNs = BigInt(origin.seconds) * 1_000_000_000n + BigInt(Math.round(correctedNs));
      if (timeNs < 0n) merged.leftOut++;
      else {
        write(packetBlock(interfaceId, timeNs, originalLength, bytes));
        merged.packets++;
      }
    },
  );
  return { ...merged, leftOut: merged.leftOut + trails.reduce((sum, { untimed }) => sum + untimed, 0) };
}

/** The second that all times count from. */
interface Origin {
  seconds: number;
}

/** A frame that may be kept: its bytes are a copy. */
interface KeptFrame {
  /** Since the origin, as the place's clock said. */
  readonly timeNs: number;
  readonly interfaceId: number;
  readonly originalLength: number;
  readonly bytes: Uint8Array;
}

/** Reads the frames of one capture, in pieces. */
class FrameTrail implements FrameSink {
  untimed = 0;
  readonly #source: MergeSource;
  readonly #ids: ReadonlyMap<number, number>;
  readonly #origin: Origin;
  readonly #reader: CaptureReader = new CaptureReader(this);
  #batch: KeptFrame[] = [];

  /** `ids`: the interfaces of the merged capture by those of this one. */
  constructor(source: MergeSource, ids: ReadonlyMap<number, number>, origin: Origin) {
    this.#source = source;
    this.#ids = ids;
    this.#origin = origin;
  }

  async *batches(): AsyncGenerator<Piece<KeptFrame>> {
    for await (const chunk of this.#source.read()) {
      this.#reader.write(chunk);
      const batch = this.#batch;
      this.#batch = [];
      yield { items: batch, count: batch.length };
    }
  }

  /** Called by the reader for each frame. */
  frame(frame: Frame): void {
    const { originSeconds } = this.#reader.clock;
    const interfaceId = this.#ids.get(frame.interfaceId);
    if (interfaceId === undefined) return;
    if (Number.isNaN(frame.timeNs)) {
      this.untimed++;
      return;
    }
    if (Number.isNaN(this.#origin.seconds)) this.#origin.seconds = originSeconds;
    const { view, offset, capturedLength, originalLength } = frame;
    this.#batch.push({
      timeNs: frame.timeNs + (originSeconds - this.#origin.seconds) * 1e9,
      interfaceId,
      originalLength,
      bytes: new Uint8Array(view.buffer, view.byteOffset + offset, capturedLength).slice(),
    });
  }
}

/** Link type and snap length of each interface that packets came from. */
async function linksOf({
  read,
  interfaces,
}: MergeSource): Promise<ReadonlyMap<number, { linkType: number; snapLength: number }>> {
  const links = new Map<number, { linkType: number; snapLength: number }>();
  const reader = new CaptureReader({
    frame: ({ interfaceId, linkType, snapLength }) => {
      if (!links.has(interfaceId) && interfaces?.has(interfaceId) !== false)
        links.set(interfaceId, { linkType, snapLength });
    },
  });
  for await (const chunk of read()) reader.write(chunk);
  return links;
}
