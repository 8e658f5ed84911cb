/**
 * What the conversation stage hands on: conversations folded into groups. A *conversation* is both
 * directions of a 5-tuple; a *group* is all conversations of one client with one server address and
 * port. Groups are bounded in number whatever the capture holds, conversations are not.
 */

/** How the connection attempts of a group ended; every attempt is in exactly one of these. */
export interface AttemptOutcomes {
  /** TCP: SYN-ACK seen. UDP: a reply seen. */
  answered: number;
  /** RST that answers the SYN. */
  refused: number;
  /** An ICMP error that quotes the attempt. */
  rejected: number;
  /** Nothing came back although it was waited for. */
  silent: number;
  /** A SYN-ACK came from another address than the one dialled. */
  answeredByOther: number;
  /** Too young at the end of the capture to be judged. */
  pending: number;
  /** The capture shows one direction only, or starts in the middle. */
  unjudged: number;
}

export interface ConversationGroup {
  /** Index into the report's `captures`. */
  readonly capture: number;
  readonly client: string;
  /** "address:port", IPv6 in brackets. */
  readonly server: string;
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly protocol: 'TCP' | 'UDP';
  readonly conversations: number;
  readonly packets: number;
  /** Bytes on the wire. */
  readonly bytes: number;
  readonly outcomes: Readonly<AttemptOutcomes>;
  /** Median time from SYN to SYN-ACK (or query to reply) in milliseconds; null: none seen. */
  readonly handshakeMs: number | null;
  readonly firstSeen: string;
  readonly lastSeen: string;
}
