import { dissect } from '../dissect/index.ts';
import { Packet } from '../dissect/packet.ts';
import type { CaptureClock, Frame, FrameSink } from '../pcap/frame.ts';
import { CaptureReader } from '../pcap/reader.ts';

/** Takes each frame of a capture with its packet; both are reused for the next one. */
export type FrameTaker = (frame: Frame, packet: Packet, clock: CaptureClock) => void;

/** Reads a capture once more, to show or to keep some of its packets. Fed like an analysis. */
export class SecondPass implements FrameSink {
  readonly #packet = new Packet();
  readonly #reader: CaptureReader = new CaptureReader(this);
  readonly #take: FrameTaker;

  constructor(take: FrameTaker) {
    this.#take = take;
  }

  /** Takes the next piece of the capture, of any size. */
  write(chunk: Uint8Array): void {
    this.#reader.write(chunk);
  }

  /** See {@link CaptureReader.reserve}. */
  reserve(): Uint8Array {
    return this.#reader.reserve();
  }

  /** See {@link CaptureReader.commit}. */
  commit(lengthBytes: number): void {
    this.#reader.commit(lengthBytes);
  }

  /** See {@link CaptureReader.process}. */
  process(): void {
    this.#reader.process();
  }

  /** Called by the reader for each frame. */
  frame(frame: Frame): void {
    dissect(frame, this.#packet);
    this.#take(frame, this.#packet, this.#reader.clock);
  }
}
