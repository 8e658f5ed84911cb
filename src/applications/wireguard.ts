import type { Application, ApplicationProtocol, Segment } from './application.ts';
import type { ApplicationEvents } from './events.ts';

/*
 * WireGuard's messages: type:8 reserved:24 = 0, then by type (wireguard.com/protocol):
 *   1 handshake initiation, 148 bytes; 2 handshake response, 92; 3 cookie reply, 64; 4 data, 16 × n, at least 32.
 */
const Message = { Initiation: 1, Response: 2, CookieReply: 3, Data: 4 } as const;
const INITIATION_BYTES = 148;
const RESPONSE_BYTES = 92;
const COOKIE_REPLY_BYTES = 64;
const LEAST_DATA_BYTES = 32;
/** A peer asks again every 5 s (Rekey-Timeout); three times are no accident. */
const MIN_INITIATIONS = 3;

/** The type of a WireGuard message, 0 if it is none. */
function messageType({ view, offset, captured, length }: Segment): number {
  if (captured < 4 || (view.getUint32(offset) & 0xffffff) !== 0) return 0;
  const type = view.getUint8(offset);
  switch (type) {
    case Message.Initiation:
      return length === INITIATION_BYTES ? type : 0;
    case Message.Response:
      return length === RESPONSE_BYTES ? type : 0;
    case Message.CookieReply:
      return length === COOKIE_REPLY_BYTES ? type : 0;
    case Message.Data:
      return isData(view, offset, captured, length) ? type : 0;
    default:
      return 0;
  }
}

/** Behind type and receiver stands a counter of 64 bits, little-endian; its upper half stays 0. */
function isData(view: DataView, offset: number, captured: number, length: number): boolean {
  return (
    length >= LEAST_DATA_BYTES && length % 16 === 0 && captured >= 16 && view.getUint32(offset + 12) === 0
  );
}

/** Two WireGuard peers. All but the handshake is encrypted. Event: `wireguard-no-handshake`. */
class WireGuardPeers implements Application {
  readonly name = 'WireGuard';
  readonly #events: ApplicationEvents;
  #initiations = 0;
  #answered = false;
  #firstNs = 0;
  #lastNs = 0;
  #firstFrame = 0;
  #lastFrame = 0;

  constructor(events: ApplicationEvents) {
    this.#events = events;
  }

  take(segment: Segment): void {
    const type = messageType(segment);
    if (type !== Message.Initiation) {
      if (type !== 0) this.#answered = true;
      return;
    }
    if (this.#initiations++ === 0) {
      this.#firstNs = segment.timeNs;
      this.#firstFrame = segment.frame;
    }
    this.#lastNs = segment.timeNs;
    this.#lastFrame = segment.frame;
  }

  end(): void {
    if (this.#answered || this.#initiations < MIN_INITIATIONS) return;
    const fields = { initiations: this.#initiations };
    this.#events.note(
      'wireguard-no-handshake',
      fields,
      this.#firstNs,
      this.#lastNs,
      this.#firstFrame,
      this.#lastFrame,
    );
  }
}

/** WireGuard, known by the type and length of its first message. */
export const wireguard: ApplicationProtocol = {
  name: 'WireGuard',
  transport: 'UDP',
  recognise: (segment) => messageType(segment) !== 0,
  open: (events) => new WireGuardPeers(events),
};
