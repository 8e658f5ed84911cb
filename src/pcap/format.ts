import type { CaptureClock, Damage, Frame, FrameSink } from './frame.ts';
import type { CaptureRemarks } from './remarks.ts';

/** What a format's parser reads from and reports to. */
export interface ParserContext {
  readonly sink: FrameSink;
  readonly clock: CaptureClock;
  /** The one record of all frames; its number goes on over captures that are joined. */
  readonly frame: Frame;
  /** Ids of the interfaces by what describes them, see {@link interfaceId}. */
  readonly interfaces: Map<string, number>;
  /** Comments and names that the capture holds beside its packets. */
  readonly remarks: CaptureRemarks;
  /** Damage found so far, in order of offset; add to it by {@link noteDamage}. */
  readonly damage: Damage[];
  /** Packets that interfaces reported as dropped (pcapng Interface Statistics), null: none reported. */
  interfaceDrops: number | null;
}

/** One capture format, fed with as many bytes as there are. */
export interface FormatParser {
  /**
   * Reads whole records from `view[from, to)` and returns where the first incomplete one begins.
   * `base` is the file offset of `view[0]`. Returns -1 when nothing more can be read (damage).
   */
  process(view: DataView, from: number, to: number, base: number): number;
  /** Another capture begins where {@link process} ended: files were joined (`cat a.pcap b.pcap`). */
  readonly isOver: boolean;
  /** Bytes of the record at the front that are to be skipped without being looked at. */
  skipBytes: number;
}

/**
 * A record longer than this plus the snap length is damage and never used
 * (the largest snap length that tcpdump accepts is 262,144).
 */
export const MAX_RECORD_BYTES = 262_144;

/** A capture with more interfaces is hostile; real ones have tens. */
const MAX_INTERFACES = 4096;

/**
 * The id of an interface in the whole capture. Parts of a capture that was rotated and joined again describe the same
 * interface alike; -1: there are too many.
 */
export function interfaceId({ interfaces }: ParserContext, description: string): number {
  const known = interfaces.get(description);
  if (known !== undefined) return known;
  if (interfaces.size >= MAX_INTERFACES) return -1;
  interfaces.set(description, interfaces.size);
  return interfaces.size - 1;
}

/** Most places of damage that are kept; a hostile capture may have one in every block. */
const MAX_DAMAGE = 64;

/** Notes what is wrong at an offset of the capture. */
export function noteDamage(context: ParserContext, offsetBytes: number, text: string): void {
  if (context.damage.length < MAX_DAMAGE) context.damage.push({ offsetBytes, text });
}
