import type { Packet } from '../dissect/packet.ts';

/** Whether the four words at `at` are the address that sent the packet. */
export function isSource(words: Int32Array, at: number, packet: Packet): boolean {
  return (
    words[at] === packet.src0 &&
    words[at + 1] === packet.src1 &&
    words[at + 2] === packet.src2 &&
    words[at + 3] === packet.src3
  );
}

/** Whether the four words at `at` are the address that the packet was sent to. */
export function isDestination(words: Int32Array, at: number, packet: Packet): boolean {
  return (
    words[at] === packet.dst0 &&
    words[at + 1] === packet.dst1 &&
    words[at + 2] === packet.dst2 &&
    words[at + 3] === packet.dst3
  );
}
