import type { LengthFraming } from '../applications/length-framing.ts';
import { proxyHeaderLength } from '../applications/proxy-header.ts';
import { redisCommandHead, redisError } from '../applications/redis.ts';
import { signatureBytes } from '../applications/signatures.ts';
import type { Packet } from '../dissect/packet.ts';
import { KeptHeads } from './kept-heads.ts';
import { KeptFragments } from './kept-fragments.ts';
import { startOfStream } from './stream-framing.ts';

/** Directions that are followed at once; beyond it the longest known is forgotten and its payload cut. */
const MAX_STREAMS = 4096;

/** Where one direction of a connection stands. */
interface Stream {
  /** Sequence number of the byte that comes next. */
  nextSeq: number;
  /** undefined: HTTP/1, whose heads are followed by `heads`. */
  framing: LengthFraming | undefined;
  readonly heads: KeptHeads;
  /** Bytes of a header that a segment has cut. */
  header: number[];
  /** Bytes of the frame's body that are still to come, and how many of them are kept. */
  bodyLeft: number;
  keptLeft: number;
  /** Nothing behind can be told any more. */
  isOver: boolean;
}

/**
 * Says how much of a TCP segment's payload a cut capture keeps: TLS records but application data, HTTP/1 heads,
 * HTTP/2 frames but DATA, error packets of databases, and the first word of other servers' greetings. Follows each
 * direction over its segments.
 */
export class KeptPayload {
  /** What must be blanked in the last segment: pairs of position in `packet.view` and length. */
  readonly blanks: number[] = [];
  readonly fragments: KeptFragments = new KeptFragments();
  readonly #streams = new Map<string, Stream>();

  /** Bytes of the payload, from its begin, that are kept. */
  keep(packet: Packet): number {
    this.blanks.length = 0;
    if (packet.payloadLength === 0) return 0;
    const key = streamKey(packet);
    const known = this.#streams.get(key);
    const distance = known === undefined ? 0 : (packet.seq - known.nextSeq) | 0;
    if (known !== undefined && distance === 0) return this.#follow(key, known, packet, 0);
    const proxyBytes = proxyHeaderLength(packet.view, packet.payloadOffset, packet.payloadCaptured);
    const begun = begin(packet, proxyBytes);
    if (begun === undefined) return Math.min(proxyBytes || firstWords(packet), packet.payloadCaptured);
    // A retransmission is read alone; the direction stands where it stood.
    if (distance < 0) return this.#walk(begun, packet, proxyBytes);
    return this.#follow(key, begun, packet, proxyBytes);
  }

  #follow(key: string, stream: Stream, packet: Packet, from: number): number {
    const kept = this.#walk(stream, packet, from);
    stream.nextSeq = (packet.seq + packet.payloadLength) | 0;
    this.#streams.delete(key);
    skipUncaptured(stream, packet.payloadLength - packet.payloadCaptured);
    if (stream.isOver) return kept;
    this.#streams.set(key, stream);
    const [oldest] = this.#streams.keys();
    if (this.#streams.size > MAX_STREAMS && oldest !== undefined) this.#streams.delete(oldest);
    return kept;
  }

  #walk(stream: Stream, packet: Packet, from: number): number {
    if (stream.framing !== undefined) return this.#walkFrames(stream, stream.framing, packet, from);
    const { view, payloadOffset, payloadCaptured, payloadLength } = packet;
    const heads = stream.heads.walk(packet, from, this.blanks);
    stream.isOver = heads.isOver;
    if (heads.at >= payloadCaptured) return heads.kept;
    // Behind a head something else begins: the connection was switched to another protocol.
    const start = startOfStream(
      view,
      payloadOffset + heads.at,
      payloadCaptured - heads.at,
      payloadLength - heads.at,
    );
    if (start?.framing === undefined) return heads.kept;
    stream.framing = start.framing;
    stream.bodyLeft = stream.keptLeft = start.prefaceBytes;
    stream.isOver = false;
    return Math.max(heads.kept, this.#walkFrames(stream, start.framing, packet, heads.at));
  }

  #walkFrames(stream: Stream, framing: LengthFraming, packet: Packet, from: number): number {
    const { view, payloadOffset, payloadCaptured } = packet;
    let at = from;
    let kept = from;
    while (at < payloadCaptured) {
      if (stream.bodyLeft === 0) {
        stream.header.push(view.getUint8(payloadOffset + at));
        at += 1;
        // Without its header nobody could step over the frame.
        kept = at;
        if (stream.header.length < framing.headerBytes) continue;
        const frame = framing.read(stream.header);
        stream.header = [];
        if (frame === undefined) {
          stream.isOver = true;
          return kept;
        }
        stream.bodyLeft = frame.bodyBytes;
        stream.keptLeft = Math.min(frame.keptBytes, frame.bodyBytes);
      } else {
        const wanted = Math.min(stream.keptLeft, payloadCaptured - at);
        if (wanted > 0) kept = at + wanted;
        const length = Math.min(stream.bodyLeft, payloadCaptured - at);
        if (length > wanted) this.blanks.push(payloadOffset + at + wanted, length - wanted);
        at += length;
        stream.bodyLeft -= length;
        stream.keptLeft -= wanted;
      }
    }
    return kept;
  }
}

/** Of a stream that is not followed, the words that tell its protocol or its error. */
function firstWords({
  view,
  payloadOffset: offset,
  payloadCaptured: captured,
  payloadLength: length,
}: Packet): number {
  const first = { view, offset, captured, length };
  // A word and the sign behind it, by which it is known to be whole.
  return Math.max(signatureBytes(first), redisCommandHead(first), redisError(first).length);
}

function begin(packet: Packet, from: number): Stream | undefined {
  const { view, payloadOffset, payloadCaptured, payloadLength } = packet;
  if (from >= payloadCaptured) return undefined;
  const start = startOfStream(view, payloadOffset + from, payloadCaptured - from, payloadLength - from);
  if (start === undefined) return undefined;
  return {
    nextSeq: packet.seq,
    framing: start.framing,
    heads: new KeptHeads(),
    header: [],
    // What precedes the first frame (HTTP/2's preface) is taken as a body that is kept.
    bodyLeft: start.prefaceBytes,
    keptLeft: start.prefaceBytes,
    isOver: false,
  };
}

/** Steps over bytes that the snap length cut off; the direction ends if it cannot be followed any further. */
function skipUncaptured(stream: Stream, lengthBytes: number): void {
  if (lengthBytes === 0 || stream.isOver) return;
  if (stream.framing === undefined) stream.isOver = !stream.heads.skip(lengthBytes);
  else if (stream.header.length > 0 || lengthBytes > stream.bodyLeft) stream.isOver = true;
  else {
    stream.bodyLeft -= lengthBytes;
    stream.keptLeft = Math.max(0, stream.keptLeft - lengthBytes);
  }
}

function streamKey(packet: Packet): string {
  const { src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcPort, dstPort, tunnelId, interfaceId } = packet;
  return `${src0},${src1},${src2},${src3},${dst0},${dst1},${dst2},${dst3},${srcPort},${dstPort},${tunnelId},${interfaceId}`;
}
