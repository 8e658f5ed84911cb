/** The parts of `pcap-parser` (which has no types of its own) that the comparison uses. */
declare module 'pcap-parser' {
  import type { EventEmitter } from 'node:events';
  import type { Readable } from 'node:stream';

  export interface ParsedPacket {
    readonly header: {
      readonly timestampSeconds: number;
      readonly timestampMicroseconds: number;
      readonly capturedLength: number;
      readonly originalLength: number;
    };
    readonly data: Buffer;
  }

  export function parse(
    input: Readable | string,
  ): EventEmitter<{ packet: [ParsedPacket]; end: []; error: [Error] }>;
}
