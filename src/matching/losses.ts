import { addMiss } from './flow.ts';
import type { Flow, FlowDirection, MissTally } from './flow.ts';
import type { Survey } from './survey.ts';

/** Groups of flows whose losses are told apart; a scan has more of them than anybody reads. */
const MAX_GROUPS = 4096;
/** So many flows of a group must have passed a place on the way before others of it are missed there. */
const MIN_PASSING_FLOWS = 3;

/** Packets that were seen last at one place and missed at the same others. */
export interface LostPackets extends MissTally {
  /** Places that missed them and saw others of these flows, in whatever direction. Bit set. */
  readonly passed: number;
  /** "address:port" that they were sent to where they were seen last; empty: other places know the flows. */
  readonly target: string;
  flows: number;
  silentFlows: number;
}

/** All flows of one client with one server at one vantage point, in one direction. */
export interface LossGroup {
  /** Both ends as the client's own vantage point names them; those of `vantage` if it is not among them. */
  dialled: { readonly client: string; readonly server: string };
  readonly vantage: number;
  readonly client: string;
  readonly server: string;
  readonly protocol: 'TCP' | 'UDP' | '';
  readonly by: 'client' | 'server';
  /** Lost in flows that the missing places know, by the set of places. */
  readonly lost: Map<string, LostPackets>;
  /** Missed at places that do not know the flow. */
  readonly unlinked: Map<string, LostPackets>;
  /** Packets that came to each place, and flows that did. */
  readonly arrived: Map<number, number>;
  /** Flows that came to each place under the same address, so that others of them come there too. */
  readonly sameTarget: Map<number, number>;
  /** Places where flows end, and those that listened and do not know flows that were answered. Sets of bits. */
  ends: number;
  answeredWithout: number;
  /** Packets that must have come to a place that did not capture them. */
  readonly unseenArrivals: Map<number, number>;
}

/** Collects what was lost, flow by flow. */
export class Losses {
  readonly groups: Map<string, LossGroup> = new Map();
  readonly #surveys: readonly Survey[];

  constructor(surveys: readonly Survey[]) {
    this.#surveys = surveys;
  }

  /** Takes over a flow that is over. */
  take(flow: Flow): void {
    for (const direction of [0, 1] as const) this.#takeDirection(flow, direction);
  }

  #takeDirection(flow: Flow, direction: 0 | 1): void {
    const own = flow.directions[direction];
    if (own.asked === 0 || !this.#isUnderway(flow, direction)) return;
    const group = this.#groupOf(flow, direction);
    if (group === undefined) return;
    const answers = flow.directions[direction === 0 ? 1 : 0];
    const isAnswered = answers.packets > 0;
    this.#nameEnds(group, flow);
    for (const [vantage, count] of own.arrived) {
      group.arrived.set(vantage, (group.arrived.get(vantage) ?? 0) + count);
      const there = flow.elsewhere.get(vantage);
      // A translated address may stand for several places.
      if (
        there !== undefined &&
        targetOf(there, direction === flow.fromClient) === targetOf(flow, direction === flow.fromClient)
      )
        group.sameTarget.set(vantage, (group.sameTarget.get(vantage) ?? 0) + 1);
    }
    const listened = own.misses.reduce((set, { unseen }) => set | unseen, 0);
    if (isAnswered)
      for (const vantage of bits(listened))
        if (!flow.elsewhere.has(vantage)) group.answeredWithout |= 1 << vantage;
    const [expected, ends] = this.#expectedAt(flow, direction);
    group.ends |= ends;
    const linked = [...flow.elsewhere.keys()].reduce((set, vantage) => set | (1 << vantage), 0);
    // A datagram is acknowledged by its reply.
    const replies = flow.isTcp ? 0 : answers.packets;
    for (const miss of own.misses) {
      const missing = miss.unseen & expected;
      const isDelivered = miss.isAcked || (!flow.isTcp && replies >= own.asked);
      if (isDelivered) {
        for (const vantage of bits(missing))
          group.unseenArrivals.set(vantage, (group.unseenArrivals.get(vantage) ?? 0) + miss.count);
      } else if ((miss.unseen & linked) !== 0)
        addLost(
          group.lost,
          { ...miss, unseen: missing, passed: miss.unseen & linked, target: '' },
          isAnswered,
        );
      else
        addLost(
          group.unlinked,
          { ...miss, passed: 0, target: lastTarget(flow, direction, miss) },
          isAnswered,
        );
    }
  }

  #nameEnds(group: LossGroup, flow: Flow): void {
    const places = [[flow.vantage, flow] as const, ...flow.elsewhere];
    const atHome = places.filter(
      ([vantage, { client }]) => this.#surveys[vantage]?.home.has(client) === true,
    );
    // On a node the client may already have the node's address.
    const [, first] = atHome.find(([vantage]) => this.#surveys[vantage]?.isNode === false) ?? atHome[0] ?? [];
    if (first !== undefined) group.dialled = { client: first.client, server: first.server };
  }

  /** Whether packets of this direction go on from here to other places. */
  #isUnderway(flow: Flow, direction: 0 | 1): boolean {
    const own = flow.directions[direction];
    const home = this.#surveys[flow.vantage]?.home;
    const [source, target] = [flow.address(direction), flow.address(direction === 0 ? 1 : 0)];
    if (home?.has(target) === true && !home.has(source)) return false;
    return own.after !== 0 || own.fromHere || home?.has(source) === true;
  }

  /**
   * Places that packets of this direction pass after this one, as other packets of the flow prove; and those of them
   * where they end. Sets of bits.
   */
  #expectedAt(flow: Flow, direction: 0 | 1): readonly [expected: number, ends: number] {
    let ends = 0;
    const isFromClient = direction === flow.fromClient;
    for (const [vantage, there] of flow.elsewhere) {
      // Only the answers passed both: the other place is expected if it is where the packets end.
      const back = isFromClient === (there.fromClient === 0) ? 1 : 0;
      const home = this.#surveys[vantage]?.home;
      const isEnd =
        home !== undefined && home.size > 0 ? home.has(there.address(back)) : there.directions[back].fromHere;
      if (isEnd) ends |= 1 << vantage;
    }
    return [flow.directions[direction].after | ends, ends];
  }

  #groupOf(flow: Flow, direction: 0 | 1): LossGroup | undefined {
    const { vantage, client, server } = flow;
    const by = direction === flow.fromClient ? 'client' : 'server';
    const protocol = flow.isTcp ? 'TCP' : flow.protocol === 17 ? 'UDP' : '';
    const name = `${vantage} ${client} ${server} ${protocol} ${by}`;
    let group = this.groups.get(name);
    if (group === undefined && this.groups.size < MAX_GROUPS) {
      group = {
        vantage,
        client,
        server,
        protocol,
        by,
        dialled: { client, server },
        lost: new Map(),
        unlinked: new Map(),
        arrived: new Map(),
        sameTarget: new Map(),
        ends: 0,
        answeredWithout: 0,
        unseenArrivals: new Map(),
      };
      this.groups.set(name, group);
    }
    return group;
  }
}

function addLost(
  into: Map<string, LostPackets>,
  miss: Omit<LostPackets, 'flows' | 'silentFlows'>,
  isAnswered: boolean,
): void {
  const name = `${miss.seen} ${miss.unseen} ${miss.passed} ${miss.lastSeenAt} ${miss.target} ${isAnswered}`;
  const known = into.get(name);
  if (known === undefined)
    into.set(name, { ...miss, frames: [...miss.frames], flows: 1, silentFlows: isAnswered ? 0 : 1 });
  else {
    addMiss(known, miss);
    known.flows++;
    if (!isAnswered) known.silentFlows++;
  }
}

/** Where flows of the group usually come, so that others of it are missed there. Bit set. */
export function usualPlaces(group: LossGroup): number {
  let places = 0;
  for (const [vantage, flows] of group.sameTarget) {
    const bit = 1 << vantage;
    const isSure = (group.ends & bit) !== 0 || flows >= MIN_PASSING_FLOWS;
    if (isSure && (group.answeredWithout & bit) === 0) places |= bit;
  }
  return places;
}

/** Where lost packets of flows that other places know were missed. Bit set. */
export function missedBy(group: LossGroup, packets: LostPackets): number {
  let passing = 0;
  for (const vantage of group.arrived.keys()) passing |= 1 << vantage;
  return packets.unseen | (packets.passed & passing);
}

/** Where the packets were sent to when they were seen last: behind a translation it is another address. */
function lastTarget(flow: Flow, direction: 0 | 1, { lastSeenAt }: MissTally): string {
  const last = flow.vantage === lastSeenAt ? flow : (flow.elsewhere.get(lastSeenAt) ?? flow);
  return targetOf(last.becomes ?? last, direction === flow.fromClient);
}

/** "address:port" of the end that the client or the server sends to. */
function targetOf(flow: Flow, isFromClient: boolean): string {
  return isFromClient ? flow.server : flow.client;
}

/** Members of a bit set. */
export function bits(set: number): number[] {
  const members: number[] = [];
  for (let at = 0; at < 31; at++) if ((set & (1 << at)) !== 0) members.push(at);
  return members;
}

/** Whether a packet that was not seen elsewhere was acknowledged all the same, and not sent again before. */
export function isAcknowledged(direction: FlowDirection, end: number): boolean {
  return direction.acked !== null && ((direction.acked - end) | 0) >= 0;
}
