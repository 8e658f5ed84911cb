/*
 * The record of one conversation: 32-bit words here, then times and byte counts as doubles, which
 * `numbers` reads from the same memory. The two directions have a block each: 0 is client → server.
 */

/** Fields of a record, as offsets in words. */
export const Word = {
  Client: 0,
  Server: 4,
  /** Client port in the upper half, server port in the lower. */
  Ports: 8,
  /** IP version in the low byte, protocol in the next, then the network of packets from client and from server. */
  Meta: 9,
  State: 10,
  ClientIsn: 11,
  SynCount: 12,
  FirstSynFrame: 13,
  SecondSynFrame: 14,
  LastSynFrame: 15,
  /** Frame of what answered: SYN-ACK, RST or ICMP error. */
  AnswerFrame: 16,
  /** Type in the upper half, code in the lower. */
  IcmpTypeCode: 17,
  /** Address of the host that sent the ICMP error, or that answered in the server's place. */
  Other: 18,
  OtherPort: 22,
  RefusalTtl: 23,
  ServerTtl: 24,
  FirstFrame: 25,
  ResetFrame: 26,
  ResetTtl: 27,
  /** Last frame of the client's data that the server has not answered yet, and of the slowest turn. */
  RequestFrame: 28,
  SlowRequestFrame: 29,
  SlowResponseFrame: 30,
  /** Place of the conversation's application, plus one; 0: none. */
  Application: 31,
  SynAckCount: 32,
  SecondSynAckFrame: 33,
  /** The server's first segment after the client's last data: where it begins, a sample of its bytes and from how many. */
  TurnSeq: 34,
  TurnSample: 35,
  TurnSampled: 36,
  TurnFrame: 37,
  /** Frame in which the server said something else in the same place; frame of data that it sent after its reset. */
  OtherTurnFrame: 38,
  AfterResetFrame: 39,
  /** Acknowledgment of an older connection that answered the SYN. */
  ChallengeFrame: 40,
  Direction0: 41,
  Direction1: 72,
  /** First acknowledgment for which a sender had to wait because it had filled the receiver's window. */
  WindowFullFrame: 103,
  /** What the sides sent, and in which order: one word and three, see history.ts. */
  History: 104,
  HistoryLetters: 105,
} as const;

/** Offsets within a direction's block. */
export const Side = {
  Packets: 0,
  /** Next sequence number: the highest seen plus one. */
  NextSeq: 1,
  /** Highest acknowledgment number sent in this direction. */
  MaxAck: 2,
  /** A stretch of sequence numbers that was jumped over and has not been seen since. */
  HoleStart: 3,
  HoleEnd: 4,
  /** Holes that the other side acknowledged although they were never captured. */
  Unseen: 5,
  /** Segments that carried new data. */
  Advances: 6,
  /** What the last segment left open of DNS over TCP, see dns-over-tcp.ts. */
  DnsSkip: 7,
  /** Window as the last segment said, unscaled; shift of the window scale option plus one (0: none seen). */
  Window: 8,
  WindowShift: 9,
  /** Maximum segment size option, 0 if not seen. */
  Mss: 10,
  /** Duplicate acknowledgments in a row, sent in this direction. */
  DuplicateAcks: 11,
  Retransmissions: 12,
  FastRetransmissions: 13,
  /** Sent again although it was acknowledged. */
  Spurious: 14,
  OutOfOrder: 15,
  /** Keep-alives in a row without a packet from the other side; the longest such run. */
  KeepAlives: 16,
  MostKeepAlives: 17,
  /** The segment that is sent again and again without progress; most repeats and its length. */
  RepeatSeq: 18,
  Repeats: 19,
  MostRepeats: 20,
  RepeatLength: 21,
  /** Longest segment in flight, and the longest that was acknowledged. */
  PendingEnd: 22,
  PendingLength: 23,
  LargestAcked: 24,
  ZeroWindows: 25,
  ZeroWindowFrame: 26,
  FirstRetransmissionFrame: 27,
  LastRetransmissionFrame: 28,
  /** The segment whose round trip is measured; frame 0: none. */
  TimedEnd: 29,
  TimedFrame: 30,
} as const;

/** Indexes into a conversation's `numbers`; `HandshakeNs` is NaN unless SYN and SYN-ACK were seen in this order. */
export const Measure = {
  First: 0,
  Last: 1,
  LastSyn: 2,
  HandshakeNs: 3,
  Bytes: 4,
  /** When the client sent data that is not answered yet; 0: none. */
  RequestNs: 5,
  /** Longest time from the client's data to the server's. */
  ServerNs: 6,
  /** Longest silence that data ended, and when that was. */
  IdleNs: 7,
  IdleEndNs: 8,
  ResetNs: 9,
  Direction0: 10,
  Direction1: 20,
  /** Longest time from the server's last data, or its SYN-ACK, to the client's next data. */
  ClientNs: 30,
  /** The first FIN. */
  FinNs: 31,
} as const;

/** Offsets within a direction's block of `numbers`; 0 means "not yet". */
export const SideMeasure = {
  LastNs: 0,
  LastDataNs: 1,
  DuplicateAckNs: 2,
  /** Since when the window that this side offers is closed, and the longest time that it was. */
  ZeroSinceNs: 3,
  LongestZeroNs: 4,
  TimedNs: 5,
  /** Smoothed round trip of this side's data (RFC 6298). */
  RttNs: 6,
  HoleNs: 7,
  RepeatNs: 8,
  /** Time that this side waited with the receiver's window full. */
  WindowFullNs: 9,
} as const;

/** Words of a record before its doubles. */
export const WORDS = 108;
/** Doubles of a record. */
export const NUMBERS = 32;
/** Length of a record in words; even, as doubles must be aligned. */
export const STRIDE: number = WORDS + 2 * NUMBERS;

/** Bits of `Word.State`. */
export const State = {
  Syn: 1,
  SynAck: 2,
  /** The client sent something else than SYN or RST. */
  ClientWentOn: 4,
  /** The server sent something else than RST. */
  ServerSpoke: 8,
  Refused: 16,
  Rejected: 32,
  AnsweredByOther: 64,
  /** Only the answers of a host that was not asked; belongs to another conversation. */
  Shadow: 128,
  ClientReset: 256,
  ServerReset: 512,
  ClientFin: 1024,
  ServerFin: 2048,
  SeqKnown0: 4096,
  SeqKnown1: 8192,
  Hole0: 16384,
  Hole1: 32768,
  AckKnown0: 65536,
  AckKnown1: 131072,
  /** The reset came after a FIN: it only tidies up. */
  ResetAfterFin: 262144,
  /** The server reset while the client's data was not answered. */
  ResetUnanswered: 524288,
  /** The server's FIN came before any of the client. */
  ServerFinFirst: 1048576,
  /** The server accepted the connection after it had refused it, without being asked again. */
  AcceptedAfterReset: 2097152,
  /** The server answered the SYN with an acknowledgment of an older connection (RFC 5961 §4). */
  ChallengedSyn: 4194304,
  /** It is over and waits for stragglers. */
  Closed: 8388608,
} as const;
