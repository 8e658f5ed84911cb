import { dissect } from '../dissect/index.ts';
import { Packet } from '../dissect/packet.ts';
import type { Frame, FrameSink } from '../pcap/frame.ts';
import { CaptureReader } from '../pcap/reader.ts';
import { follow } from './flow.ts';
import type { Flow } from './flow.ts';
import { FlowTable } from './flow-table.ts';
import { readKey } from './sighting.ts';
import type { PacketKey, Sighting } from './sighting.ts';
import type { Piece } from './merge.ts';
import type { Vantage } from './vantage.ts';

/** The second that all vantage points' times count from: that of the first packet that was read. */
export interface Origin {
  seconds: number;
}

/** What is read at once. */
const PIECE_BYTES = 16 * 1024;

/** Reads one vantage point's packets in the order of its file. */
export class Trail implements FrameSink {
  readonly #vantage: Vantage;
  readonly #index: number;
  readonly #seed: number;
  readonly #origin: Origin;
  readonly #reader: CaptureReader = new CaptureReader(this);
  readonly #packet = new Packet();
  readonly #key: PacketKey = { key0: 0, key1: 0, seq: 0, lengthBytes: 0, part: 'other', ack: 0 };
  readonly #flows: FlowTable;
  readonly #sightings: Sighting[] = [];
  #count = 0;

  /** `index` is the vantage point's place among those that are compared; `evict` takes over flows that are over. */
  constructor(
    vantage: Vantage,
    index: number,
    { seed, origin, evict }: { seed: number; origin: Origin; evict: (flow: Flow) => void },
  ) {
    this.#vantage = vantage;
    this.#index = index;
    this.#seed = seed;
    this.#origin = origin;
    this.#flows = new FlowTable(index, seed, evict);
  }

  /** All packets that can be told from others, in pieces; after the last one the flows are handed over. */
  async *batches(): AsyncGenerator<Piece<Sighting>> {
    for await (const chunk of this.#vantage.read())
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        this.#reader.write(chunk.subarray(at, at + PIECE_BYTES));
        yield { items: this.#sightings, count: this.#count };
        this.#count = 0;
      }
    this.#reader.end();
  }

  /** Hands over the flows that are still followed. */
  end(): void {
    this.#flows.end();
  }

  /** Called by the reader for each frame. */
  frame(frame: Frame): void {
    const { interfaces } = this.#vantage;
    if (Number.isNaN(frame.timeNs) || interfaces?.has(frame.interfaceId) === false) return;
    const packet = this.#packet;
    dissect(frame, packet);
    const key = this.#key;
    if (packet.ipVersion === 0 || isToMany(packet) || !readKey(packet, this.#seed, key)) return;
    const { originSeconds } = this.#reader.clock;
    if (Number.isNaN(this.#origin.seconds)) this.#origin.seconds = originSeconds;
    const timeNs = frame.timeNs + (originSeconds - this.#origin.seconds) * 1e9;
    const flow = this.#flows.flowOf(packet, timeNs);
    const { direction } = this.#flows;
    follow(flow, direction, packet);
    const { key0, key1, seq, lengthBytes, part } = key;
    const sighting = this.#next(flow);
    sighting.flow = flow;
    sighting.direction = direction;
    sighting.timeNs = timeNs;
    sighting.frame = frame.number;
    sighting.key0 = key0;
    sighting.key1 = key1;
    sighting.seq = seq;
    sighting.lengthBytes = lengthBytes;
    sighting.begin = flow.isTcp ? packet.seq : 0;
    sighting.end = endOf(packet, flow.isTcp);
    sighting.ipId = packet.ipId;
    sighting.isTold = packet.ipId !== 0 || (flow.isTcp && packet.tsVal !== 0);
    sighting.ttl = packet.ttl;
    sighting.part = part;
  }

  /** The record of the next packet; those of a piece are used again for the next one. */
  #next(flow: Flow): Sighting {
    let sighting = this.#sightings[this.#count];
    if (sighting === undefined) {
      sighting = {
        vantage: this.#index,
        flow,
        direction: 0,
        timeNs: 0.5,
        frame: 0,
        key0: 0,
        key1: 0,
        seq: 0,
        lengthBytes: 0,
        begin: 0,
        end: 0,
        ipId: 0,
        isTold: false,
        ttl: 0,
        part: 'other',
      };
      this.#sightings.push(sighting);
    }
    this.#count++;
    return sighting;
  }
}

/** The sequence number behind the segment; SYN and FIN count as one (RFC 9293 §3.4). */
function endOf(packet: Packet, isTcp: boolean): number {
  if (!isTcp) return 0;
  return (packet.seq + packet.payloadLength + ((packet.tcpFlags & 3) === 0 ? 0 : 1)) | 0;
}

/** Multicast and broadcast: everybody may get them, nobody misses them. */
function isToMany({ ipVersion, dst0 }: Packet): boolean {
  return ipVersion === 4 ? dst0 >>> 28 === 0xe || dst0 === -1 : dst0 >>> 24 === 0xff;
}
