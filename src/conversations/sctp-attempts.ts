import type { Packet } from '../dissect/packet.ts';
import { SctpChunk } from '../dissect/sctp.ts';
import { addressText, endpointText } from './address.ts';
import { finish, mix } from './record-table.ts';
import { Tally } from './samples.ts';

/** Most associations that are followed while they are set up. */
const MAX_ATTEMPTS = 1024;
/** An INIT is repeated after 1 s at the earliest (RFC 9260 §16, RTO.Min); what is nearer is a copy. */
const REPEAT_NS = 0.5e9;

/** One attempt to set up an SCTP association. */
export class SctpAttempt {
  readonly client: string;
  /** "address:port". */
  readonly server: string;
  /** INIT chunks, copies left out. */
  readonly inits: Tally = new Tally();
  answer: 'none' | 'accepted' | 'aborted' = 'none';
  answerFrame = 0;

  constructor(packet: Packet) {
    this.client = addressText(packet.ipVersion, packet.src0, packet.src1, packet.src2, packet.src3);
    const server = addressText(packet.ipVersion, packet.dst0, packet.dst1, packet.dst2, packet.dst3);
    this.server = endpointText(server, packet.dstPort);
  }
}

/** Follows how SCTP associations are set up, bounded; established ones are not followed. */
export class SctpAttempts {
  readonly all: Map<number, SctpAttempt> = new Map();
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  take(packet: Packet, timeNs: number): void {
    if (packet.sctpChunk === SctpChunk.Init) {
      this.#open(packet, timeNs)?.inits.add(timeNs, timeNs, packet.frameNumber);
      return;
    }
    if (packet.sctpChunk !== SctpChunk.InitAck && packet.sctpChunk !== SctpChunk.Abort) return;
    const hash = this.#hash(
      packet.dst0,
      packet.dst3,
      packet.dstPort,
      packet.src0,
      packet.src3,
      packet.srcPort,
    );
    const attempt = this.all.get(hash);
    if (attempt === undefined || attempt.answer === 'accepted') return;
    attempt.answer = packet.sctpChunk === SctpChunk.InitAck ? 'accepted' : 'aborted';
    attempt.answerFrame = packet.frameNumber;
  }

  /** The attempt of an INIT, undefined if this is a copy or there is no room. */
  #open(packet: Packet, timeNs: number): SctpAttempt | undefined {
    const hash = this.#hash(
      packet.src0,
      packet.src3,
      packet.srcPort,
      packet.dst0,
      packet.dst3,
      packet.dstPort,
    );
    const known = this.all.get(hash);
    if (known !== undefined) return timeNs - known.inits.lastNs < REPEAT_NS ? undefined : known;
    if (this.all.size >= MAX_ATTEMPTS) return undefined;
    const attempt = new SctpAttempt(packet);
    this.all.set(hash, attempt);
    return attempt;
  }

  /** The hash stands for the key; of an address its first and last word tell enough. */
  #hash(from0: number, from3: number, fromPort: number, to0: number, to3: number, toPort: number): number {
    const hash = mix(mix(mix(this.#seed, from0), from3), to0);
    return finish(mix(mix(hash, to3), (fromPort << 16) | toPort));
  }
}
