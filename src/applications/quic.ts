import type { Application, ApplicationProtocol, Ending, Segment } from './application.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { ApplicationEvents } from './events.ts';
import {
  clientKeys,
  decryptInitial,
  isClientInitial,
  QUIC_V1,
  QUIC_V2,
  readInitial,
} from './quic-initial.ts';
import type { InitialKeys, InitialPacket } from './quic-initial.ts';
import { QuicCrypto } from './quic-crypto.ts';
import { readClientHello } from './tls-hello.ts';

/** Initial packets of one conversation that are decrypted at most: a hello needs two, seldom three. */
const MAX_DECRYPTED = 6;

/**
 * Follows the beginning of a QUIC connection (RFC 9000, RFC 9369): version, server name, and whether anything came
 * back. Events: `quic-handshake`, `quic-no-answer`.
 */
class QuicConversation implements Application {
  readonly name = 'QUIC';
  readonly #events: ApplicationEvents;
  readonly #crypto: QuicCrypto;
  #keys: InitialKeys | undefined;
  #decrypted = 0;
  #initials = 0;
  #firstNs = Number.NaN;
  #firstFrame = 0;
  #lastFrame = 0;
  #answerNs = Number.NaN;
  #answerFrame = 0;
  #version = '';
  #sni = '';
  #alpn = '';
  #isDone = false;

  constructor(events: ApplicationEvents, budget: ByteBudget) {
    this.#events = events;
    this.#crypto = new QuicCrypto(budget);
  }

  take(segment: Segment): void {
    if (this.#isDone) return;
    if (segment.fromServer) this.#takeAnswer(segment);
    else if (isClientInitial(segment)) this.#takeInitial(segment);
    else if (this.#answerFrame !== 0) this.#finish();
  }

  end({ endNs, lastNs }: Ending): void {
    if (!this.#isDone && this.#answerFrame === 0 && this.#initials >= 2) {
      const fields = { sni: this.#sni, version: this.#version };
      const waitedNs = endNs - this.#firstNs;
      this.#events.note(
        'quic-no-answer',
        fields,
        this.#firstNs,
        lastNs,
        this.#firstFrame,
        this.#lastFrame,
        waitedNs,
      );
    }
    this.#finish();
  }

  #takeAnswer(segment: Segment): void {
    if (this.#answerFrame !== 0) return;
    this.#answerNs = segment.timeNs;
    this.#answerFrame = segment.frame;
  }

  #takeInitial(segment: Segment): void {
    this.#initials++;
    if (this.#initials === 1) {
      this.#firstNs = segment.timeNs;
      this.#firstFrame = segment.frame;
    }
    this.#lastFrame = segment.frame;
    const version = segment.view.getUint32(segment.offset + 1);
    this.#version = versionText(version);
    if (this.#sni !== '' || this.#decrypted >= MAX_DECRYPTED) return;
    const packet = readInitial(segment);
    if (packet !== undefined) this.#decrypt(segment, packet);
  }

  #decrypt(segment: Segment, packet: InitialPacket): void {
    this.#decrypted++;
    const known = this.#keys === undefined ? undefined : decryptInitial(segment.view, packet, this.#keys);
    let clear = known;
    if (clear === undefined) {
      // The first packet, or one after a Retry or version negotiation: its own id gives the keys.
      const keys = clientKeys(packet.version, packet.dcid);
      clear = decryptInitial(segment.view, packet, keys);
      if (clear === undefined) return;
      this.#keys = keys;
    }
    this.#crypto.take(clear);
    const body = this.#crypto.clientHello();
    if (body === undefined) return;
    const hello = readClientHello(body);
    this.#crypto.release();
    this.#decrypted = MAX_DECRYPTED;
    this.#sni = hello?.serverName ?? '';
    this.#alpn = hello?.protocols ?? '';
  }

  #finish(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#crypto.release();
    if (this.#answerFrame === 0 || this.#firstFrame === 0) return;
    const fields = { sni: this.#sni, version: this.#version, alpn: this.#alpn };
    const durationNs = this.#answerNs - this.#firstNs;
    this.#events.note(
      'quic-handshake',
      fields,
      this.#firstNs,
      this.#answerNs,
      this.#firstFrame,
      this.#answerFrame,
      durationNs,
    );
  }
}

function versionText(version: number): string {
  if (version === QUIC_V1) return 'QUIC v1';
  return version === QUIC_V2 ? 'QUIC v2' : `QUIC 0x${version.toString(16).padStart(8, '0')}`;
}

/** QUIC, known by a client's Initial packet on any UDP port. */
export const quic: ApplicationProtocol = {
  name: 'QUIC',
  transport: 'UDP',
  recognise: isClientInitial,
  open: (events, budget) => new QuicConversation(events, budget),
};
