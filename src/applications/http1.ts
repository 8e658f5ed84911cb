import type { Application, ApplicationProtocol, Ending, Segment } from './application.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { ApplicationEvents } from './events.ts';
import { Http1Direction, IN_CHUNKS, NO_MORE_HEADS, UNTIL_NEXT_HEAD } from './http1-direction.ts';
import { beginsHead } from './http1-head.ts';
import type { Http1Head } from './http1-head.ts';
import { describe, noteExchange, REQUEST_BYTES, noteUnanswered, pathTemplate } from './http-log.ts';
import type { HttpRequest } from './http-log.ts';
import { errorPageWords, toTlsPort } from './http1-error-page.ts';
import { http2 } from './http2.ts';
import { signatureOf } from './signatures.ts';

/** Requests that wait for their response at once; browsers and proxies send far fewer ahead. */
const MAX_PENDING = 64;
/** A connection that was kept open without use for so long is idle. */
const IDLE_NS = 1e9;
/** The server closed at the same time as the request came: within this, or two round trips. */
const RACE_NS = 50e6;

interface PendingRequest extends HttpRequest {
  /** Silence on the connection before it; NaN for the first request. */
  readonly idleNs: number;
}

/**
 * Follows the requests and responses of one connection (RFC 9112). Events: `http-exchange`, `http-slow`,
 * `http-no-response`, `http-keep-alive-race`, `wrong-protocol`.
 */
class Http1Conversation implements Application {
  name = 'HTTP/1.1';
  readonly #events: ApplicationEvents;
  readonly #budget: ByteBudget;
  readonly #requests: Http1Direction;
  readonly #responses: Http1Direction;
  /** Whether the requests come from the side that is taken for the server: the capture began in the middle. */
  #isTurned: boolean | undefined;
  #pending: PendingRequest[] = [];
  #serverSpoke = false;
  /** What was lost or pipelined may hide a response. */
  #isUncertain = false;
  #lastNs = Number.NaN;
  /** What the connection was switched to. */
  #next: Application | undefined;
  #isOver = false;

  constructor(events: ApplicationEvents, budget: ByteBudget) {
    this.#events = events;
    this.#budget = budget;
    this.#requests = new Http1Direction(
      false,
      {
        head: (head, segment, firstNs, firstFrame) => this.#request(head, segment, firstNs, firstFrame),
        body: (segment, isComplete) => this.#requestBody(segment, isComplete),
        unbounded: () => undefined,
        lost: () => undefined,
      },
      budget,
    );
    this.#responses = new Http1Direction(
      true,
      {
        head: (head, segment, firstNs, firstFrame, bodyAt) =>
          this.#response(head, segment, firstNs, firstFrame, bodyAt),
        body: () => undefined,
        unbounded: () => this.#unboundedResponse(),
        lost: () => this.#lostResponses(),
      },
      budget,
    );
  }

  take(segment: Segment): void {
    if (this.#next !== undefined) this.#next.take(segment);
    if (this.#isOver) return;
    this.#isTurned ??= segment.fromServer === startsRequest(segment);
    if (segment.fromServer === this.#isTurned) this.#requests.take(segment);
    else if (this.#serverSpoke || !this.#isWrongProtocol(segment)) {
      this.#serverSpoke = true;
      this.#responses.take(segment);
    }
    this.#lastNs = segment.timeNs;
  }

  end(ending: Ending): void {
    this.#requests.release();
    this.#responses.release();
    if (this.#next !== undefined) this.#next.end(ending);
    else this.#noteUnanswered(ending);
    this.#forgetPending();
  }

  #request(head: Http1Head, segment: Segment, firstNs: number, firstFrame: number): number {
    if (this.#pending.length >= MAX_PENDING) this.#lostResponses();
    const bodyLength = head.isChunked ? IN_CHUNKS : head.contentLength || 0;
    const request: PendingRequest = {
      method: head.method,
      host: head.host,
      path: head.method === 'CONNECT' ? '' : pathTemplate(head.target),
      isProbe: head.isProbe,
      frame: firstFrame,
      beginNs: firstNs,
      endNs: segment.timeNs,
      isComplete: bodyLength === 0,
      mayTakeLong: head.method === 'CONNECT' || head.upgrade !== '' || head.wantsEvents,
      idleNs: firstNs - this.#lastNs,
    };
    if (this.#budget.take(REQUEST_BYTES)) this.#pending.push(request);
    else this.#lostResponses();
    return bodyLength;
  }

  #requestBody(segment: Segment, isComplete: boolean): void {
    const request = this.#pending.at(-1);
    if (request === undefined) return;
    request.endNs = segment.timeNs;
    request.isComplete = isComplete;
  }

  #response(head: Http1Head, segment: Segment, firstNs: number, firstFrame: number, bodyAt: number): number {
    if (head.status < 200 && head.status !== 101) return 0;
    const request = this.#pending.shift();
    if (request !== undefined) this.#budget.give(REQUEST_BYTES);
    if (request !== undefined && isToTlsPort(head, segment, bodyAt)) {
      this.#noteWrongProtocol(request, 'TLS server', firstNs, firstFrame);
      return NO_MORE_HEADS;
    }
    const says = head.status < 500 ? '' : errorPageWords(segment, bodyAt);
    noteExchange(this.#events, request, {
      status: head.status,
      server: head.server,
      says,
      frame: firstFrame,
      beginNs: firstNs,
    });
    if (head.status === 101 || (request?.method === 'CONNECT' && head.status < 300))
      return this.#switch(head, segment, bodyAt);
    if (request?.method === 'HEAD' || head.status === 204 || head.status === 304) return 0;
    if (head.isChunked) return IN_CHUNKS;
    if (request !== undefined && !Number.isNaN(head.contentLength)) return head.contentLength;
    this.#unboundedResponse();
    return UNTIL_NEXT_HEAD;
  }

  /** Where a body ends is not known: responses to requests that were sent ahead may hide in it. */
  #unboundedResponse(): void {
    if (this.#pending.length > 0) this.#lostResponses();
  }

  #switch(head: Http1Head, segment: Segment, bodyAt: number): number {
    this.#isOver = true;
    this.#forgetPending();
    this.#requests.release();
    if (head.upgrade === 'websocket') this.name = 'WebSocket';
    if (head.upgrade !== 'h2c') return NO_MORE_HEADS;
    this.name = 'HTTP/2';
    this.#next = http2.open(this.#events, this.#budget);
    if (bodyAt >= segment.captured) return NO_MORE_HEADS;
    segment.offset += bodyAt;
    segment.captured -= bodyAt;
    segment.length -= bodyAt;
    this.#next.take(segment);
    return NO_MORE_HEADS;
  }

  #forgetPending(): void {
    this.#budget.give(this.#pending.length * REQUEST_BYTES);
    this.#pending = [];
  }

  #lostResponses(): void {
    this.#forgetPending();
    this.#isUncertain = true;
  }

  /** Whether the first bytes that came back are of another protocol; then nothing further is looked at. */
  #isWrongProtocol(segment: Segment): boolean {
    const [request] = this.#pending;
    if (request === undefined || segment.afterGap || this.#isTurned === true) return false;
    if (beginsHead(segment.view, segment.offset, segment.offset + segment.captured, true)) return false;
    const answered = signatureOf(segment);
    if (answered === '' || answered.startsWith('HT')) return false;
    this.#noteWrongProtocol(request, answered, segment.timeNs, segment.frame);
    return true;
  }

  #noteWrongProtocol(request: HttpRequest, answered: string, timeNs: number, frame: number): void {
    this.#events.note(
      'wrong-protocol',
      { asked: 'HTTP/1', answered },
      request.beginNs,
      timeNs,
      request.frame,
      frame,
    );
    this.#forgetPending();
    this.#isOver = true;
  }

  #noteUnanswered(ending: Ending): void {
    const [request] = this.#pending;
    if (
      request === undefined ||
      this.#isUncertain ||
      this.#isTurned === true ||
      !request.isComplete ||
      !ending.lossless
    )
      return;
    const { how, resetFrame, closedNs, roundTripNs } = ending;
    const closedByServer = how === 'reset-by-server' || (how === 'fin' && ending.serverFin);
    if (
      closedByServer &&
      request.idleNs >= IDLE_NS &&
      closedNs - request.endNs <= Math.max(RACE_NS, 2 * roundTripNs)
    ) {
      const race = { ...describe(this.#events, request), ended: how === 'fin' ? 'closed' : 'reset' };
      this.#events.note(
        'http-keep-alive-race',
        race,
        request.beginNs,
        closedNs,
        request.frame,
        resetFrame,
        request.idleNs,
      );
    } else noteUnanswered(this.#events, request, ending);
  }
}

function startsRequest({ view, offset, captured }: Segment): boolean {
  return beginsHead(view, offset, offset + captured, false);
}

function isToTlsPort(head: Http1Head, segment: Segment, bodyAt: number): boolean {
  return head.status === 400 && toTlsPort(segment, bodyAt);
}

/** HTTP/1.0 and HTTP/1.1, from a request or a response on. */
export const http1: ApplicationProtocol = {
  name: 'HTTP/1.1',
  transport: 'TCP',
  recognise: (segment) =>
    startsRequest(segment) ||
    beginsHead(segment.view, segment.offset, segment.offset + segment.captured, true),
  open: (events, budget) => new Http1Conversation(events, budget),
};
