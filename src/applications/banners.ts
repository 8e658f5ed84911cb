import type { Application, ApplicationProtocol, Segment } from './application.ts';
import type { ApplicationEvents } from './events.ts';
import { signatureOf } from './signatures.ts';
import type { Signature } from './signatures.ts';

/** Greetings of servers that speak first, with the protocol's name. */
const GREETINGS: ReadonlyMap<Signature, string> = new Map([
  ['SSH banner', 'SSH'],
  ['SMTP or FTP greeting', 'SMTP or FTP'],
  ['POP3 greeting', 'POP3'],
  ['IMAP greeting', 'IMAP'],
]);

/** Clients that expect another protocol, by how they begin. */
const STRANGERS: ReadonlyMap<Signature, string> = new Map([
  ['TLS ClientHello', 'TLS'],
  ['HTTP/1 request', 'HTTP/1'],
  ['HTTP/2 preface', 'HTTP/2'],
]);

/** A server that greets first: whether its client speaks the same protocol. Event: `wrong-protocol`. */
class GreetedConversation implements Application {
  name = '';
  readonly #events: ApplicationEvents;
  #greeting: Signature = '';
  #greetingFrame = 0;
  #greetingNs = 0;
  #isDone = false;

  constructor(events: ApplicationEvents) {
    this.#events = events;
  }

  take(segment: Segment): void {
    if (this.#isDone) return;
    if (segment.fromServer) {
      if (this.#greeting === '') this.#greet(segment);
      return;
    }
    this.#isDone = true;
    const asked = segment.afterGap ? undefined : STRANGERS.get(signatureOf(segment));
    if (asked === undefined) return;
    const fields = { asked, answered: this.#greeting };
    this.#events.note(
      'wrong-protocol',
      fields,
      this.#greetingNs,
      segment.timeNs,
      this.#greetingFrame,
      segment.frame,
    );
  }

  end(): void {
    this.#isDone = true;
  }

  #greet(segment: Segment): void {
    this.#greeting = signatureOf(segment);
    this.#greetingFrame = segment.frame;
    this.#greetingNs = segment.timeNs;
    this.name = GREETINGS.get(this.#greeting) ?? '';
  }
}

/** Protocols in which the server speaks first, known by its greeting (RFC 4253 §4.2, RFC 5321 §4.2, RFC 1939, RFC 3501). */
export const banners: ApplicationProtocol = {
  name: 'greeting',
  transport: 'TCP',
  recognise: (segment) => segment.fromServer && !segment.afterGap && GREETINGS.has(signatureOf(segment)),
  open: (events) => new GreetedConversation(events),
};
