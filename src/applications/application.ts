import type { ByteBudget } from './byte-budget.ts';
import type { ApplicationEvents } from './events.ts';

/**
 * An application is what two hosts say to each other inside a conversation: TLS, HTTP, a database's protocol.
 * It is found by content on any port, follows both directions, and notes events; detectors judge those.
 */

/** Payload of one segment or datagram in order. One record is reused for all; numbers only, no copies. */
export class Segment {
  view: DataView = new DataView(new ArrayBuffer(0));
  /** First byte of the payload in `view`. */
  offset = 0;
  /** Bytes of it that were captured, and its length on the wire; what is beyond the captured ones must not be read. */
  captured = 0;
  length = 0;
  fromServer = false;
  timeNs = 0;
  frame = 0;
  /** Bytes of this direction are missing before this segment: find the next message boundary again. */
  afterGap = false;
}

/** The first bytes of a payload, as far as they are needed to tell what it is. */
export type FirstBytes = Pick<Segment, 'view' | 'offset' | 'captured' | 'length'>;

/** How a conversation ended, as far as the capture shows. */
export interface Ending {
  /** `open`: it went on beyond the capture, or was evicted. */
  readonly how: 'fin' | 'reset-by-client' | 'reset-by-server' | 'open';
  /** Frame of the reset, 0 if there was none. */
  readonly resetFrame: number;
  /** Time of the conversation's last packet, and up to which it was watched. */
  readonly lastNs: number;
  readonly endNs: number;
  /** Time of the reset, else of the first FIN, else of the last packet. */
  readonly closedNs: number;
  /** Who sent the first FIN; at most one of the two. */
  readonly clientFin: boolean;
  readonly serverFin: boolean;
  /** Both directions were captured without a gap, so that silence is silence. */
  readonly lossless: boolean;
  /** The server acknowledged all that the client sent. */
  readonly clientAcked: boolean;
  /** 0 if it was not measured. */
  readonly roundTripNs: number;
}

/** The application of one conversation. Its memory is bounded whatever comes; it never throws on bad bytes. */
export interface Application {
  /** Name as a reader knows it: "TLS", "HTTP/1.1". */
  readonly name: string;
  /** Takes the next payload of either direction. */
  take(segment: Segment): void;
  /** The conversation is over; what is unfinished may be noted now. */
  end(ending: Ending): void;
}

/** A kind of application that conversations may carry. */
export interface ApplicationProtocol {
  readonly name: string;
  readonly transport: 'TCP' | 'UDP';
  /** Whether these first bytes of a direction are of this protocol; must not read behind `captured`. */
  recognise(segment: Segment): boolean;
  /** Begins to follow a conversation; events go to the log of its group, what must be kept is taken from `budget`. */
  open(events: ApplicationEvents, budget: ByteBudget): Application;
}
