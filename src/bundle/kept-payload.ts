import { signatureBytes } from '../applications/signatures.ts';
import type { Packet } from '../dissect/packet.ts';
import { FRAMINGS, startOfStream, type Framing } from './stream-framing.ts';

/** Directions that are followed at once; beyond it the longest known is forgotten and its payload cut. */
const MAX_STREAMS = 4096;
const CR = 0x0d;
const LF = 0x0a;

/** Where one direction of a connection stands. */
interface Stream {
  /** Sequence number of the byte that comes next. */
  nextSeq: number;
  /** undefined: an HTTP/1 head, which ends at an empty line. */
  framing: Framing | undefined;
  /** Bytes of a header that a segment has cut. */
  header: number[];
  /** Bytes of the frame's body that are still to come, and whether they are kept. */
  bodyLeft: number;
  keepBody: boolean;
  /** Bytes of CR LF CR LF that were seen at the end. */
  emptyLine: number;
}

/**
 * Says how much of a TCP segment's payload a cut capture keeps: TLS records but application data,
 * HTTP/1 heads, HTTP/2 frames but DATA, and the first word of other servers' greetings. Follows each direction over its segments.
 */
export class KeptPayload {
  /** What must be blanked in the last segment: pairs of position in `packet.view` and length. */
  readonly blanks: number[] = [];
  readonly #streams = new Map<string, Stream>();

  /** Bytes of the payload, from its begin, that are kept. */
  keep(packet: Packet): number {
    this.blanks.length = 0;
    if (packet.payloadCaptured === 0) return 0;
    const key = streamKey(packet);
    const known = this.#streams.get(key);
    const distance = known === undefined ? 0 : (packet.seq - known.nextSeq) | 0;
    if (known !== undefined && distance === 0) return this.#follow(key, known, packet);
    const begun = begin(packet);
    if (begun === undefined) return greetingBytes(packet);
    // A retransmission is read alone; the direction stands where it stood.
    if (distance < 0) return this.#walk(begun, packet);
    return this.#follow(key, begun, packet);
  }

  #follow(key: string, stream: Stream, packet: Packet): number {
    const kept = this.#walk(stream, packet);
    stream.nextSeq = (packet.seq + packet.payloadLength) | 0;
    this.#streams.delete(key);
    if (!skipUncaptured(stream, packet.payloadLength - packet.payloadCaptured)) return kept;
    this.#streams.set(key, stream);
    const [oldest] = this.#streams.keys();
    if (this.#streams.size > MAX_STREAMS && oldest !== undefined) this.#streams.delete(oldest);
    return kept;
  }

  #walk(stream: Stream, packet: Packet): number {
    return stream.framing === undefined
      ? walkHead(stream, packet)
      : this.#walkFrames(stream, stream.framing, packet);
  }

  #walkFrames(stream: Stream, framing: Framing, packet: Packet): number {
    const { view, payloadOffset, payloadCaptured } = packet;
    let at = 0;
    let kept = 0;
    while (at < payloadCaptured) {
      if (stream.bodyLeft === 0) {
        stream.header.push(view.getUint8(payloadOffset + at));
        at += 1;
        if (stream.header.length < framing.headerBytes) continue;
        const frame = framing.read(stream.header);
        stream.header = [];
        if (frame === undefined) {
          stream.bodyLeft = -1;
          return kept;
        }
        stream.bodyLeft = frame.bodyBytes;
        stream.keepBody = frame.keep;
        if (frame.keep) kept = at;
      } else {
        const length = Math.min(stream.bodyLeft, payloadCaptured - at);
        if (stream.keepBody) kept = at + length;
        else this.blanks.push(payloadOffset + at, length);
        at += length;
        stream.bodyLeft -= length;
      }
    }
    return stream.header.length > 0 ? payloadCaptured : kept;
  }
}

/** Of a stream that is not followed, the words that tell its protocol. */
function greetingBytes({
  view,
  payloadOffset: offset,
  payloadCaptured: captured,
  payloadLength: length,
}: Packet): number {
  return signatureBytes({ view, offset, captured, length });
}

function begin(packet: Packet): Stream | undefined {
  const start = startOfStream(packet.view, packet.payloadOffset, packet.payloadCaptured);
  if (start === undefined) return undefined;
  const framing = start.kind === 'http1' ? undefined : FRAMINGS[start.kind];
  // What precedes the first frame (HTTP/2's preface) is taken as a body that is kept.
  return {
    nextSeq: packet.seq,
    framing,
    header: [],
    bodyLeft: start.prefaceBytes,
    keepBody: true,
    emptyLine: 0,
  };
}

/** Keeps up to and with the empty line that ends a head; without one, all. */
function walkHead(stream: Stream, packet: Packet): number {
  const { view, payloadOffset, payloadCaptured } = packet;
  for (let at = 0; at < payloadCaptured; at += 1) {
    const byte = view.getUint8(payloadOffset + at);
    if (byte === (stream.emptyLine % 2 === 0 ? CR : LF)) stream.emptyLine += 1;
    else stream.emptyLine = byte === CR ? 1 : 0;
    if (stream.emptyLine === 4) {
      stream.bodyLeft = -1;
      return at + 1;
    }
  }
  return payloadCaptured;
}

/** Steps over bytes that the snap length cut off; false if the direction cannot be followed any further. */
function skipUncaptured(stream: Stream, lengthBytes: number): boolean {
  if (stream.bodyLeft < 0) return false;
  if (lengthBytes === 0) return true;
  if (stream.framing === undefined || stream.header.length > 0 || lengthBytes > stream.bodyLeft) return false;
  stream.bodyLeft -= lengthBytes;
  return true;
}

function streamKey(packet: Packet): string {
  const { src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcPort, dstPort, tunnelId, interfaceId } = packet;
  return `${src0},${src1},${src2},${src3},${dst0},${dst1},${dst2},${dst3},${srcPort},${dstPort},${tunnelId},${interfaceId}`;
}
