import type { Application, ApplicationProtocol, Ending, Segment } from './application.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { ApplicationEvents, EventFields } from './events.ts';
import { signatureOf } from './signatures.ts';
import { isEmptyCertificate, readServerCertificate } from './tls-certificate.ts';
import type { ServerCertificate } from './tls-certificate.ts';
import { isEncryptedEarly, readClientHello, readServerHello, versionText } from './tls-hello.ts';
import type { ClientHello, ServerHello } from './tls-hello.ts';
import { HandshakeType, TlsRecords } from './tls-records.ts';
import type { TlsRecordSink } from './tls-records.ts';

const FATAL = 2;
/** close_notify and user_canceled: nothing failed, whatever level some programs give them. */
const NO_FAILURES: ReadonlySet<number> = new Set([0, 90]);
/** Alerts by which a server says that it wants a certificate (RFC 8446 §6.2): 40, 42, 116. */
const WANTS_CERTIFICATE: ReadonlySet<number> = new Set([40, 42, 116]);
/** A hello that the server acknowledged and did not answer in this time is not answered. */
const SILENCE_NS = 3e9;
/** A client that closes earlier has changed its mind; the server had no time to answer. */
const IMPATIENCE_NS = 1e9;

/**
 * Follows a TLS handshake from the ClientHello on, as far as it is in clear. The *client* is who sent the
 * ClientHello. Events: `tls-handshake`, `tls-alert`, `tls-certificate`, `tls-client-certificate`,
 * `tls-no-server-hello`, `wrong-protocol`.
 */
class TlsConversation implements Application {
  readonly name = 'TLS';
  readonly #events: ApplicationEvents;
  readonly #client: TlsRecords;
  readonly #server: TlsRecords;
  /** Which direction the client's is; set by the first segment. */
  #clientIsServer: boolean | undefined;
  #frame = 0;
  #timeNs = 0;
  #hello: ClientHello | undefined;
  #helloNs = Number.NaN;
  #helloFrame = 0;
  #answer: ServerHello | undefined;
  #answerNs = Number.NaN;
  #answerFrame = 0;
  #serverSpoke = false;
  #isNoted = false;
  #certificate: ServerCertificate | undefined;
  #isCertificateNoted = false;
  #certificateFrame = 0;
  #requestFrame = 0;
  #emptyFrame = 0;
  /** Bits of the sides from which nothing in clear can follow: 1 client, 2 server. */
  #silentSides = 0;

  constructor(events: ApplicationEvents, budget: ByteBudget) {
    this.#events = events;
    this.#client = new TlsRecords(this.#sink(true), budget);
    this.#server = new TlsRecords(this.#sink(false), budget);
  }

  take(segment: Segment): void {
    this.#clientIsServer ??= segment.fromServer;
    if (this.#silentSides === 3) return;
    this.#frame = segment.frame;
    this.#timeNs = segment.timeNs;
    if (segment.fromServer === this.#clientIsServer) {
      this.#client.take(segment);
      return;
    }
    if (!this.#serverSpoke) this.#takeFirstAnswer(segment);
    this.#serverSpoke = true;
    if (this.#silentSides < 2) this.#server.take(segment);
  }

  end(ending: Ending): void {
    this.#noteHandshake();
    this.#noteCertificate(ending.how !== 'open' && this.#client.isEncrypted ? 'left' : 'unknown');
    this.#noteNoAnswer(ending);
    this.#finish();
  }

  #sink(isClient: boolean): TlsRecordSink {
    return {
      handshake: (type, body) => (isClient ? this.#fromClient(type, body) : this.#fromServer(type, body)),
      alert: (level, code) => this.#takeAlert(isClient, level, code),
      changeCipherSpec: () => this.#encrypted(isClient, false),
      applicationData: () => this.#encrypted(isClient, true),
    };
  }

  #takeFirstAnswer(segment: Segment): void {
    if (segment.afterGap || this.#hello === undefined) return;
    const answered = signatureOf(segment);
    if (answered === '' || answered.startsWith('TLS')) return;
    this.#events.note(
      'wrong-protocol',
      { asked: 'TLS', answered, ...this.#asked() },
      this.#helloNs,
      segment.timeNs,
      this.#helloFrame,
      segment.frame,
    );
    this.#finish();
  }

  #fromClient(type: number, body: Uint8Array): void {
    if (type === HandshakeType.ClientHello && this.#hello === undefined) {
      this.#hello = readClientHello(body);
      this.#helloNs = this.#timeNs;
      this.#helloFrame = this.#frame;
    } else if (type === HandshakeType.Certificate && this.#requestFrame !== 0 && isEmptyCertificate(body)) {
      this.#emptyFrame = this.#frame;
    }
  }

  #fromServer(type: number, body: Uint8Array): void {
    if (type === HandshakeType.ServerHello) this.#takeServerHello(body);
    else if (type === HandshakeType.Certificate && this.#certificate === undefined) {
      this.#certificate = readServerCertificate(body);
      this.#certificateFrame = this.#frame;
    } else if (type === HandshakeType.CertificateRequest) this.#requestFrame = this.#frame;
    else if (type === HandshakeType.ServerHelloDone) this.#noteHandshake();
  }

  #takeServerHello(body: Uint8Array): void {
    const answer = readServerHello(body);
    if (answer === undefined) return;
    this.#answer = answer;
    this.#answerNs = this.#timeNs;
    this.#answerFrame = this.#frame;
    if (isEncryptedEarly(answer.version) && !answer.isRetry) this.#noteHandshake();
  }

  #takeAlert(fromClient: boolean, level: number, code: number): void {
    if (level !== FATAL || NO_FAILURES.has(code)) return;
    const sinceNs = Number.isNaN(this.#helloNs) ? this.#timeNs : this.#helloNs;
    const from = fromClient ? 'client' : 'server';
    const fields = { ...this.#described(), from, code, offered: this.#asked().offered };
    this.#events.note('tls-alert', fields, sinceNs, this.#timeNs, this.#helloFrame, this.#frame);
    if (!fromClient && this.#emptyFrame !== 0 && WANTS_CERTIFICATE.has(code)) {
      const wanted = { sni: fields.sni, code, offered: fields.offered };
      this.#events.note(
        'tls-client-certificate',
        wanted,
        sinceNs,
        this.#timeNs,
        this.#requestFrame,
        this.#frame,
      );
    }
    this.#noteHandshake();
    this.#noteCertificate(fromClient ? 'refused' : 'unknown');
    this.#finish();
  }

  /** A side encrypts from here on. After a HelloRetryRequest that is not so yet (RFC 8446 §D.4). */
  #encrypted(isClient: boolean, isData: boolean): void {
    if (this.#answer?.isRetry === true || (isClient && !this.#serverSpoke)) return;
    (isClient ? this.#client : this.#server).isEncrypted = true;
    this.#noteHandshake();
    if (isClient && isData) this.#noteCertificate('accepted');
    // Whether the client takes the certificate shows only when it asks for something.
    if (isClient && this.#certificate !== undefined && !this.#isCertificateNoted) return;
    this.#silentSides |= isClient ? 1 : 2;
    if (this.#silentSides === 3) this.#finish();
  }

  /** What the client's hello asks for. */
  #asked(): { sni: string; offered: string } {
    return { sni: this.#hello?.serverName ?? '', offered: this.#hello?.protocols ?? '' };
  }

  #described(): { sni: string; version: string; subject: string; issuer: string; notAfterMs: number } {
    const offered = this.#hello === undefined ? '' : `offered up to ${versionText(this.#hello.version)}`;
    return {
      sni: this.#hello?.serverName ?? '',
      version: this.#answer === undefined ? offered : versionText(this.#answer.version),
      subject: this.#certificate?.subject ?? '',
      issuer: this.#certificate?.issuer ?? '',
      notAfterMs: this.#certificate?.notAfterMs ?? 0,
    };
  }

  #noteHandshake(): void {
    const answer = this.#answer;
    if (this.#isNoted || answer === undefined) return;
    this.#isNoted = true;
    const { sni, version, notAfterMs } = this.#described();
    const fields: EventFields = { sni, version, alpn: answer.protocol, certificateNotAfter: notAfterMs };
    const isTimed = !Number.isNaN(this.#helloNs);
    const fromNs = isTimed ? this.#helloNs : this.#answerNs;
    const durationNs = isTimed ? this.#answerNs - this.#helloNs : Number.NaN;
    this.#events.note(
      'tls-handshake',
      fields,
      fromNs,
      this.#answerNs,
      this.#helloFrame,
      this.#answerFrame,
      durationNs,
    );
  }

  /** `client`: what the client made of the certificate; `left`: it closed without asking for anything. Said once. */
  #noteCertificate(client: 'accepted' | 'refused' | 'left' | 'unknown'): void {
    const certificate = this.#certificate;
    if (certificate === undefined || this.#isCertificateNoted) return;
    this.#isCertificateNoted = true;
    const sni = this.#hello?.serverName ?? '';
    const fields: EventFields = {
      client,
      sni,
      subject: certificate.subject,
      issuer: certificate.issuer,
      names: certificate.names.join(', '),
      notBeforeMs: certificate.notBeforeMs,
      notAfterMs: certificate.notAfterMs,
      isSelfSigned: certificate.isSelfSigned ? 1 : 0,
      isForName: sni === '' || certificate.isFor(sni) ? 1 : 0,
    };
    this.#events.note('tls-certificate', fields, this.#timeNs, this.#timeNs, this.#certificateFrame);
  }

  #noteNoAnswer({
    how,
    lastNs,
    endNs,
    closedNs,
    resetFrame,
    serverFin,
    lossless,
    clientAcked,
  }: Ending): void {
    const isWhole = this.#hello !== undefined && !this.#serverSpoke && !this.#client.isTorn;
    if (!isWhole || !lossless || this.#silentSides !== 0 || this.#clientIsServer === true) return;
    const waitedNs = (how === 'open' ? endNs : closedNs) - this.#helloNs;
    const closedByServer = how === 'reset-by-server' || (how === 'fin' && serverFin);
    const closedByClient = !closedByServer && how !== 'open';
    if (how === 'open' && (!clientAcked || waitedNs < SILENCE_NS)) return;
    if (closedByClient && waitedNs < IMPATIENCE_NS) return;
    const ended = closedByServer
      ? resetFrame === 0
        ? 'closed'
        : 'reset'
      : closedByClient
        ? 'gave up'
        : 'silent';
    const { sni, version } = this.#described();
    const fields = { sni, version, ended, offered: this.#asked().offered };
    this.#events.note(
      'tls-no-server-hello',
      fields,
      this.#helloNs,
      lastNs,
      this.#helloFrame,
      resetFrame,
      waitedNs,
    );
  }

  #finish(): void {
    this.#silentSides = 3;
    this.#client.release();
    this.#server.release();
  }
}

/** TLS over TCP, from its ClientHello on (RFC 8446, RFC 5246). */
export const tls: ApplicationProtocol = {
  name: 'TLS',
  transport: 'TCP',
  recognise: (segment) => signatureOf(segment) === 'TLS ClientHello',
  open: (events, budget) => new TlsConversation(events, budget),
};
