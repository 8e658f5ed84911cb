import type { Application, ApplicationProtocol, Ending, Segment } from './application.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { ApplicationEvents } from './events.ts';
import { FrameType, Http2Frames } from './http2-frames.ts';
import { Http2Headers } from './http2-headers.ts';
import type { Headers } from './http2-headers.ts';
import { describe, noteExchange, REQUEST_BYTES, noteUnanswered, pathTemplate } from './http-log.ts';
import type { HttpRequest } from './http-log.ts';
import { signatureOf } from './signatures.ts';
import { textOf } from './text.ts';

/** RFC 9113 §3.4: what a client begins with. */
const PREFACE_BYTES = 24;
const END_STREAM = 0x1;
/** Streams that are open at once and followed; servers allow 100 to 250. */
const MAX_STREAMS = 256;
/** RFC 9113 §7: errors of a single stream that are nobody's wish. */
const RESET_ERRORS: ReadonlySet<number> = new Set([2, 7, 11]);

/** A request and what is known of its response. */
interface Stream extends HttpRequest {
  isAnswered: boolean;
}

/**
 * Follows the streams of one connection, gRPC included. Events: `http-exchange`, `http-slow`, `http-no-response`,
 * `http2-goaway`, `http2-reset`, `grpc-error`, `wrong-protocol`.
 */
class Http2Conversation implements Application {
  name = 'HTTP/2';
  readonly #events: ApplicationEvents;
  readonly #budget: ByteBudget;
  /** Frames and header blocks of the client and of the server. */
  readonly #frames: readonly [Http2Frames, Http2Frames];
  readonly #headers: readonly [Http2Headers, Http2Headers];
  readonly #streams: Map<number, Stream> = new Map();
  /** Whether the client's preface comes from the side that is taken for the server. */
  #isTurned: boolean | undefined;
  #serverSpoke = false;
  #isUncertain = false;
  #isOver = false;
  /** Stream of a header block that goes on, per direction, and whether it ends the stream. */
  readonly #continued: [number, number] = [0, 0];
  readonly #continuedFlags: [number, number] = [0, 0];
  #timeNs = 0;
  #frame = 0;
  #prefaceFrame = 0;
  #prefaceNs = 0;

  constructor(events: ApplicationEvents, budget: ByteBudget) {
    this.#events = events;
    this.#budget = budget;
    this.#headers = [new Http2Headers(budget), new Http2Headers(budget)];
    this.#frames = [this.#framesOf(0, PREFACE_BYTES, budget), this.#framesOf(1, 0, budget)];
  }

  take(segment: Segment): void {
    if (this.#isOver) return;
    this.#timeNs = segment.timeNs;
    this.#frame = segment.frame;
    this.#isTurned ??= segment.fromServer === beginsPreface(segment);
    if (segment.fromServer === this.#isTurned) {
      if (this.#prefaceFrame === 0) [this.#prefaceFrame, this.#prefaceNs] = [segment.frame, segment.timeNs];
      this.#frames[0].take(segment);
      return;
    }
    if (!this.#serverSpoke && this.#isWrongProtocol(segment)) return;
    this.#serverSpoke = true;
    this.#frames[1].take(segment);
  }

  end(ending: Ending): void {
    for (const side of [0, 1] as const) {
      this.#frames[side].release();
      this.#headers[side].miss();
    }
    if (!this.#isUncertain && !this.#isOver && this.#isTurned !== true) this.#noteUnanswered(ending);
    this.#forgetStreams();
  }

  #noteUnanswered(ending: Ending): void {
    for (const stream of this.#streams.values()) {
      if (!stream.isAnswered) noteUnanswered(this.#events, stream, ending);
    }
  }

  #framesOf(side: 0 | 1, prefaceBytes: number, budget: ByteBudget): Http2Frames {
    return new Http2Frames(
      prefaceBytes,
      {
        frame: (type, flags, stream, body, kept, length) =>
          this.#takeFrame(side, type, flags, stream, body, kept, length),
        lost: () => {
          this.#isUncertain = true;
          this.#headers[side].miss();
        },
      },
      budget,
    );
  }

  #takeFrame(
    side: 0 | 1,
    type: number,
    flags: number,
    stream: number,
    body: Uint8Array,
    kept: number,
    length: number,
  ): void {
    switch (type) {
      case FrameType.Headers:
      case FrameType.Continuation:
      case FrameType.PushPromise:
        this.#takeHeaders(
          side,
          type,
          flags,
          stream,
          this.#headers[side].take(type, flags, body, kept, length),
        );
        return;
      case FrameType.Data:
        this.#endStream(side, stream, (flags & END_STREAM) !== 0);
        return;
      case FrameType.ResetStream:
        if (kept >= 4) this.#reset(side, stream, wordAt(body, 0));
        return;
      case FrameType.GoAway:
        if (kept >= 8) this.#goAway(side, wordAt(body, 4), body, kept);
        return;
      default:
    }
  }

  #takeHeaders(side: 0 | 1, type: number, flags: number, stream: number, headers: Headers | undefined): void {
    if (type === FrameType.Headers) {
      this.#continued[side] = stream;
      this.#continuedFlags[side] = flags;
    } else if (type === FrameType.PushPromise) this.#continued[side] = 0;
    const id = this.#continued[side];
    if (headers === undefined || id === 0) return;
    const isEnd = ((this.#continuedFlags[side] as number) & END_STREAM) !== 0;
    if (side === 0) this.#request(id, headers, isEnd);
    else this.#response(id, headers, isEnd);
  }

  #request(id: number, headers: Headers, isEnd: boolean): void {
    const method = headers.get(':method');
    if (this.#streams.has(id) || method === undefined) {
      // Trailers of a request, or its method is not known.
      this.#endStream(0, id, isEnd);
      return;
    }
    if (this.#streams.size >= MAX_STREAMS) this.#forgetStreams();
    if (!this.#budget.take(REQUEST_BYTES)) {
      this.#isUncertain = true;
      return;
    }
    const isGrpc = headers.get('content-type')?.startsWith('application/grpc') === true;
    if (isGrpc) this.name = 'gRPC';
    this.#streams.set(id, {
      method: method.slice(0, 20),
      host: (headers.get(':authority') ?? '').toLowerCase().slice(0, 200),
      path: method === 'CONNECT' ? '' : pathTemplate(headers.get(':path') ?? ''),
      isProbe: headers.get('user-agent')?.startsWith('kube-probe/') === true,
      mayTakeLong:
        isGrpc || method === 'CONNECT' || headers.get('accept')?.startsWith('text/event-stream') === true,
      frame: this.#frame,
      beginNs: this.#timeNs,
      endNs: this.#timeNs,
      isComplete: isEnd,
      isAnswered: false,
    });
  }

  #response(id: number, headers: Headers, isEnd: boolean): void {
    const status = Number(headers.get(':status') ?? 0);
    const stream = this.#streams.get(id);
    if (status >= 200 && stream?.isAnswered !== true) {
      const server = (headers.get('server') ?? '').slice(0, 200);
      noteExchange(this.#events, stream, {
        status,
        server,
        says: '',
        frame: this.#frame,
        beginNs: this.#timeNs,
      });
    }
    if (stream !== undefined && status >= 200) stream.isAnswered = true;
    const code = headers.get('grpc-status');
    if (code !== undefined && /^\d{1,3}$/.test(code) && Number(code) !== 0)
      this.#grpcError(stream, Number(code));
    if (isEnd) this.#forget(id);
  }

  #grpcError(stream: Stream | undefined, code: number): void {
    const { beginNs, frame } = stream ?? { beginNs: this.#timeNs, frame: 0 };
    const fields = { ...describe(this.#events, stream), code };
    this.#events.note(
      'grpc-error',
      fields,
      beginNs,
      this.#timeNs,
      frame,
      this.#frame,
      this.#timeNs - beginNs,
    );
  }

  #endStream(side: 0 | 1, id: number, isEnd: boolean): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    if (side === 1) {
      if (isEnd) this.#forget(id);
      return;
    }
    stream.endNs = this.#timeNs;
    stream.isComplete ||= isEnd;
  }

  #forget(id: number): void {
    if (this.#streams.delete(id)) this.#budget.give(REQUEST_BYTES);
  }

  #forgetStreams(): void {
    this.#isUncertain = true;
    this.#budget.give(this.#streams.size * REQUEST_BYTES);
    this.#streams.clear();
  }

  #reset(side: 0 | 1, id: number, code: number): void {
    const stream = this.#streams.get(id);
    this.#forget(id);
    if (!RESET_ERRORS.has(code)) return;
    const fields = { ...describe(this.#events, stream), code, by: side === 0 ? 'client' : 'server' };
    this.#events.note(
      'http2-reset',
      fields,
      stream?.beginNs ?? this.#timeNs,
      this.#timeNs,
      stream?.frame ?? 0,
      this.#frame,
    );
  }

  #goAway(side: 0 | 1, code: number, body: Uint8Array, kept: number): void {
    // Streams that it leaves out are sent again elsewhere: their silence is agreed upon.
    this.#isUncertain = true;
    if (code === 0) return;
    const says = textOf(new DataView(body.buffer, body.byteOffset), 8, kept);
    const fields = { code, by: side === 0 ? 'client' : 'server', says };
    this.#events.note('http2-goaway', fields, this.#timeNs, this.#timeNs, this.#frame);
  }

  /** Whether a server of another protocol answered to the preface. */
  #isWrongProtocol(segment: Segment): boolean {
    if (segment.afterGap || this.#isTurned === true || this.#prefaceFrame === 0) return false;
    const answered = signatureOf(segment);
    if (answered === '' || answered === 'HTTP/2 preface') return false;
    const fields = { asked: 'HTTP/2', answered };
    this.#events.note(
      'wrong-protocol',
      fields,
      this.#prefaceNs,
      segment.timeNs,
      this.#prefaceFrame,
      segment.frame,
    );
    this.#isOver = true;
    return true;
  }
}

function wordAt(body: Uint8Array, at: number): number {
  return new DataView(body.buffer, body.byteOffset).getUint32(at);
}

function beginsPreface(segment: Segment): boolean {
  return signatureOf(segment) === 'HTTP/2 preface';
}

/** A server's first frame: SETTINGS on stream 0, of whole entries (RFC 9113 §3.4, §6.5). */
function beginsWithSettings({ view, offset, captured }: Segment): boolean {
  if (captured < 9 || view.getUint16(offset) !== 0 || view.getUint8(offset + 3) !== 4) return false;
  const length = view.getUint8(offset + 2);
  return view.getUint8(offset + 4) <= 1 && view.getUint32(offset + 5) === 0 && length % 6 === 0;
}

/** HTTP/2 in clear, from its first bytes on: later the header tables are not known any more. */
export const http2: ApplicationProtocol = {
  name: 'HTTP/2',
  transport: 'TCP',
  recognise: (segment) => beginsPreface(segment) || beginsWithSettings(segment),
  open: (events, budget) => new Http2Conversation(events, budget),
};
