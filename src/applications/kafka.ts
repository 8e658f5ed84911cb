import type { Application, ApplicationProtocol, Segment } from './application.ts';
import type { ApplicationEvents } from './events.ts';
import { KafkaApi, kafkaErrorCode } from './kafka-errors.ts';
import { MessageReader } from './length-framing.ts';
import type { LengthFraming } from './length-framing.ts';

/*
 * A request: length:32, apiKey:16, apiVersion:16, correlationId:32, clientId (length:16 and text), body. A response:
 * length:32, correlationId:32, body. Which API and version a response belongs to only its request says.
 */
const REQUEST_HEADER_BYTES = 12;
const RESPONSE_HEADER_BYTES = 8;
/** Of the length field itself, which does not count. */
const LENGTH_BYTES = 4;
/** Highest API key and version that are in use, with room for more. */
const MAX_API_KEY = 100;
const MAX_API_VERSION = 24;
/** Longest name of a client by which a request is known. */
const MAX_CLIENT_ID_BYTES = 128;
/** Brokers refuse larger messages (socket.request.max.bytes is 100 MiB). */
const MAX_MESSAGE_BYTES = 100 << 20;
/** Of a response, enough for the error code of most. */
const KEPT_BYTES = 64;
/** Most requests that wait for their response. */
const MAX_PENDING = 64;
/** The client cannot know better before: these are how versions and members are told. */
const UNSUPPORTED_VERSION = 35;
const MEMBER_ID_REQUIRED = 79;

const word = (bytes: ArrayLike<number>, at: number): number =>
  ((bytes[at] as number) << 24) |
  ((bytes[at + 1] as number) << 16) |
  ((bytes[at + 2] as number) << 8) |
  (bytes[at + 3] as number);
const half = (bytes: ArrayLike<number>, at: number): number =>
  ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

/** Requests; of the body the length of the client's name is kept. */
const requestFraming: LengthFraming = {
  headerBytes: REQUEST_HEADER_BYTES,
  read: (header) => {
    const bodyBytes = word(header, 0) - (REQUEST_HEADER_BYTES - LENGTH_BYTES);
    const isRequest = half(header, 4) <= MAX_API_KEY && half(header, 6) <= MAX_API_VERSION;
    if (!isRequest || bodyBytes < 2 || bodyBytes > MAX_MESSAGE_BYTES) return undefined;
    return { bodyBytes, keptBytes: 2 };
  },
};

const responseFraming: LengthFraming = {
  headerBytes: RESPONSE_HEADER_BYTES,
  read: (header) => {
    const bodyBytes = word(header, 0) - (RESPONSE_HEADER_BYTES - LENGTH_BYTES);
    return bodyBytes < 0 || bodyBytes > MAX_MESSAGE_BYTES ? undefined : { bodyBytes, keptBytes: KEPT_BYTES };
  },
};

interface Pending {
  readonly correlationId: number;
  readonly apiKey: number;
  readonly version: number;
}

/** Follows requests and what the broker answers. Event: `application-error`. */
class KafkaConversation implements Application {
  readonly name = 'Kafka';
  readonly #events: ApplicationEvents;
  readonly #requests: MessageReader;
  readonly #responses: MessageReader;
  #pending: Pending[] = [];
  #timeNs = 0;
  #frame = 0;

  constructor(events: ApplicationEvents) {
    this.#events = events;
    this.#requests = new MessageReader(requestFraming, (header) => this.#request(header));
    this.#responses = new MessageReader(responseFraming, (header, body) => this.#response(header, body));
  }

  take(segment: Segment): void {
    this.#timeNs = segment.timeNs;
    this.#frame = segment.frame;
    (segment.fromServer ? this.#responses : this.#requests).segment(segment);
  }

  end(): void {
    // What is unfinished is no error.
  }

  #request(header: Uint8Array): void {
    if (this.#pending.length >= MAX_PENDING) this.#pending.shift();
    const [apiKey, version] = [half(header, 4), half(header, 6)];
    this.#pending.push({ correlationId: word(header, 8), apiKey, version });
  }

  /** Responses come in the order of their requests; a request without one (acks=0) is passed over. */
  #response(header: Uint8Array, body: Uint8Array): void {
    const at = this.#pending.findIndex(({ correlationId }) => correlationId === word(header, 4));
    const request = this.#pending[at];
    if (request === undefined) return;
    this.#pending = this.#pending.slice(at + 1);
    const code = kafkaErrorCode(request.apiKey, request.version, body);
    if (code === 0 || code === MEMBER_ID_REQUIRED) return;
    if (code === UNSUPPORTED_VERSION && request.apiKey === KafkaApi.ApiVersions) return;
    const fields = { protocol: 'Kafka', code: String(code), state: '' };
    this.#events.note('application-error', fields, this.#timeNs, this.#timeNs, this.#frame);
  }
}

/** Whether a client's first bytes are one whole request, with the printable name of a client. */
function beginsKafka({ view, offset, captured, length }: Segment): boolean {
  const nameAt = REQUEST_HEADER_BYTES + 2;
  if (captured <= nameAt || view.getInt32(offset) !== length - LENGTH_BYTES) return false;
  if (view.getUint16(offset + 4) > MAX_API_KEY || view.getUint16(offset + 6) > MAX_API_VERSION) return false;
  const nameBytes = view.getInt16(offset + REQUEST_HEADER_BYTES);
  if (nameBytes < 1 || nameBytes > MAX_CLIENT_ID_BYTES || nameAt + nameBytes > captured) return false;
  for (let at = nameAt; at < nameAt + nameBytes; at++) {
    const byte = view.getUint8(offset + at);
    if (byte < 0x20 || byte > 0x7e) return false;
  }
  return true;
}

/** Kafka, from a request on that fits into one segment. */
export const kafka: ApplicationProtocol = {
  name: 'Kafka',
  transport: 'TCP',
  recognise: (segment) => !segment.fromServer && !segment.afterGap && beginsKafka(segment),
  open: (events) => new KafkaConversation(events),
};
