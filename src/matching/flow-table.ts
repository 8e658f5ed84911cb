import { PacketKind, TcpFlag } from '../dissect/packet.ts';
import type { Packet } from '../dissect/packet.ts';
import { Flow } from './flow.ts';
import { stir } from './sighting.ts';

/** The flows of one vantage point that are followed at once; beyond them the oldest are judged early. */
const MAX_FLOWS = 32_768;

/** Finds the flow of each packet. */
export class FlowTable {
  readonly #vantage: number;
  readonly #seed: number;
  readonly #evict: (flow: Flow) => void;
  readonly #chains = new Map<number, Flow>();
  readonly #words = new Int32Array(10);
  #count = 0;
  /** Direction of the packet that was looked up last. */
  direction: 0 | 1 = 0;

  /** `evict` takes over a flow that is forgotten. */
  constructor(vantage: number, seed: number, evict: (flow: Flow) => void) {
    this.#vantage = vantage;
    this.#seed = seed;
    this.#evict = evict;
  }

  /** The flow of a packet; a new one if it is none that is followed. */
  flowOf(packet: Packet, timeNs: number): Flow {
    this.direction = orderedEnds(packet, this.#words);
    const isPlain = packet.kind !== PacketKind.Tcp && packet.kind !== PacketKind.Udp;
    if (isPlain) this.#words[8] = this.#words[9] = 0;
    let code = stir(this.#seed, packet.ipProtocol);
    for (const word of this.#words) code = stir(code, word);
    let flow = this.#chains.get(code);
    while (flow !== undefined && !isSame(flow, packet, this.#words)) flow = flow.next;
    // The ports are used again: another connection, which may go to another endpoint of a Service.
    if (flow !== undefined && isNewConnection(flow, packet)) {
      this.#forget(code, flow);
      flow = undefined;
    }
    if (flow === undefined) {
      if (this.#count >= MAX_FLOWS) this.#makeRoom();
      flow = new Flow(this.#vantage, packet, this.#words.slice());
      // Who speaks first asks, unless its port says that it answers.
      if (!flow.isTcp)
        flow.clientDirection = flow.port(this.direction) === 53 ? flip(this.direction) : this.direction;
      flow.next = this.#chains.get(code);
      this.#chains.set(code, flow);
      this.#count++;
    }
    flow.lastNs = timeNs;
    return flow;
  }

  #forget(code: number, forgotten: Flow): void {
    const chain: Flow[] = [];
    for (let flow = this.#chains.get(code); flow !== undefined; flow = flow.next)
      if (flow !== forgotten) chain.push(flow);
    this.#setChain(code, chain);
    this.#count--;
    this.#evict(forgotten);
  }

  #setChain(code: number, chain: readonly Flow[]): void {
    chain.forEach((flow, at) => (flow.next = chain[at + 1]));
    if (chain[0] === undefined) this.#chains.delete(code);
    else this.#chains.set(code, chain[0]);
  }

  /** Hands over all flows. */
  end(): void {
    for (const flow of this.#all()) this.#evict(flow);
    this.#chains.clear();
  }

  *#all(): Generator<Flow> {
    for (const first of this.#chains.values())
      for (let flow: Flow | undefined = first; flow !== undefined; flow = flow.next) yield flow;
  }

  /** Forgets the half that was silent for longest. */
  #makeRoom(): void {
    const flows = [...this.#all()].toSorted((a, b) => b.lastNs - a.lastNs);
    const kept = new Set(flows.slice(0, MAX_FLOWS / 2));
    for (const [code, first] of this.#chains) {
      const chain: Flow[] = [];
      for (let flow: Flow | undefined = first; flow !== undefined; flow = flow.next)
        if (kept.has(flow)) chain.push(flow);
      this.#setChain(code, chain);
    }
    this.#count = kept.size;
    for (const flow of flows.slice(MAX_FLOWS / 2)) this.#evict(flow);
  }
}

function flip(direction: 0 | 1): 0 | 1 {
  return direction === 0 ? 1 : 0;
}

/** Writes both ends, the lower one first; the result is 0 if that one has sent the packet. */
function orderedEnds(packet: Packet, words: Int32Array): 0 | 1 {
  const { src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcPort, dstPort } = packet;
  const order = src0 - dst0 || src1 - dst1 || src2 - dst2 || src3 - dst3 || srcPort - dstPort;
  if (order <= 0) words.set([src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcPort, dstPort]);
  else words.set([dst0, dst1, dst2, dst3, src0, src1, src2, src3, dstPort, srcPort]);
  return order <= 0 ? 0 : 1;
}

function isSame(flow: Flow, packet: Packet, words: Int32Array): boolean {
  if (flow.protocol !== packet.ipProtocol || flow.version !== packet.ipVersion) return false;
  for (let at = 0; at < 10; at++) if (flow.words[at] !== words[at]) return false;
  return true;
}

/** A SYN of another connection than the one that is followed. */
function isNewConnection(flow: Flow, packet: Packet): boolean {
  const isSyn = (packet.tcpFlags & (TcpFlag.Syn | TcpFlag.Ack)) === TcpFlag.Syn;
  return flow.isTcp && isSyn && flow.initial !== packet.seq;
}
