import { type EngineReport, Tracker } from './conversations/tracker.ts';
import { detect, judges } from './detect/index.ts';
import type { Finding } from './detect/finding.ts';
import type { Frame, FrameSink } from './pcap/frame.ts';
import { CaptureReader, type ReadResult } from './pcap/reader.ts';

/** Packets of one stretch that are looked at: what is shown early must not slow down what is read. */
const MAX_PACKETS = 60_000;
/** Findings that are remembered as given. */
const MAX_GIVEN = 4096;

/** What a capture says of itself is read at its end. */
const UNREAD: ReadResult = { damage: [], interfaceDrops: null, comments: [], givenNames: [], bytesRead: 0 };
/** Nothing is known about the capture while it arrives. */
const UNKNOWN: EngineReport = { dropped: null, problems: [], bothDirections: false };

/**
 * What can be said of a capture while it still arrives. Each stretch between two looks is judged like a capture of
 * its own, so that memory stays bounded however long it lasts; the whole is judged at its end, by the analysis.
 */
export class LiveFindings implements FrameSink {
  readonly #seed: number;
  readonly #share: number;
  readonly #reader: CaptureReader = new CaptureReader(this);
  readonly #given = new Set<string>();
  #stretch: Tracker;

  /** `seed` protects the hash tables from hostile captures; `share`: how many take the memory of one together. */
  constructor(seed: number, share = 1) {
    this.#seed = seed;
    this.#share = share;
    this.#stretch = new Tracker(seed, judges, share);
  }

  /** Takes the next piece of the capture, of any size. */
  write(chunk: Uint8Array): void {
    this.#reader.write(chunk);
  }

  /** Called by the reader for each frame. */
  frame(frame: Frame): void {
    if (this.#stretch.packets < MAX_PACKETS) this.#stretch.frame(frame);
  }

  /** Ends a stretch: what it shows between hosts, worth a word, that no stretch before has shown. */
  next(): readonly Finding[] {
    const stretch = this.#stretch;
    if (stretch.packets === 0) return [];
    this.#stretch = new Tracker(this.#seed, judges, this.#share);
    const found = detect(stretch.end(0, this.#reader.clock, UNREAD, UNKNOWN));
    return found.filter((finding) => this.#isNew(finding));
  }

  #isNew({ id, severity, client, server }: Finding): boolean {
    const key = `${id} ${client} ${server}`;
    if (severity === 'info' || client === '' || this.#given.has(key)) return false;
    if (this.#given.size < MAX_GIVEN) this.#given.add(key);
    return true;
  }
}
