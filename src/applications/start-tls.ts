import type { Application, ApplicationProtocol, Ending, Segment } from './application.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { ApplicationEvents } from './events.ts';
import { tls } from './tls.ts';

/** A protocol whose client may go over to TLS after some words in clear. */
class UpgradingConversation implements Application {
  readonly #plain: Application;
  readonly #open: () => Application;
  #tls: Application | undefined;
  #clientSpoke = false;

  constructor(plain: Application, open: () => Application) {
    this.#plain = plain;
    this.#open = open;
  }

  get name(): string {
    return this.#plain.name;
  }

  take(segment: Segment): void {
    if (this.#tls === undefined && this.#clientSpoke && !segment.fromServer && tls.recognise(segment)) {
      this.#tls = this.#open();
    }
    if (!segment.fromServer) this.#clientSpoke = true;
    (this.#tls ?? this.#plain).take(segment);
  }

  end(ending: Ending): void {
    this.#plain.end(ending);
    this.#tls?.end(ending);
  }
}

/**
 * A protocol with TLS behind its first words: STARTTLS of mail (RFC 3207), the SSL requests of databases. A client
 * that begins with TLS although the server greeted in clear is not meant.
 */
export function startTls(protocol: ApplicationProtocol): ApplicationProtocol {
  return {
    ...protocol,
    open: (events: ApplicationEvents, budget: ByteBudget) =>
      new UpgradingConversation(protocol.open(events, budget), () => tls.open(events, budget)),
  };
}
