import { CONNECTION_STATES } from '../../src/conversations/connection-state.ts';
import { Side, State, Word } from '../../src/conversations/conversation-record.ts';
import type { Observations } from '../../src/conversations/observations.ts';
import { Tracker } from '../../src/conversations/tracker.ts';
import type { ConversationJudge, ConversationView } from '../../src/conversations/view.ts';
import { CaptureReader } from '../../src/pcap/reader.ts';

/** What is counted of a capture, by name; facts that are 0 are left out. */
export type Facts = Readonly<Record<string, number>>;

/** TCP segments, all conversations together. */
interface Segments {
  connections: number;
  retransmissions: number;
  spurious: number;
  outOfOrder: number;
}

/** What our engine counts in a capture. */
export function factsOf(capture: Uint8Array): Facts {
  const segments: Segments = { connections: 0, retransmissions: 0, spurious: 0, outOfOrder: 0 };
  const judge: ConversationJudge = (conversation) => addSegments(segments, conversation);
  const tracker = new Tracker(1, { all: [judge], ofCalm: [judge] });
  const reader = new CaptureReader(tracker);
  reader.write(capture);
  const seen = tracker.end(0, reader.clock, reader.end(), {
    dropped: null,
    problems: [],
    bothDirections: false,
  });
  return withoutZeros({
    packets: seen.packets,
    'packets captured twice': seen.copies.count,
    'TCP conversations': segments.connections,
    'TCP retransmissions': segments.retransmissions,
    'TCP spurious': segments.spurious,
    'TCP out of order': segments.outOfOrder,
    ...connecting(seen),
    ...dns(seen),
    ...applications(seen),
  });
}

function addSegments(segments: Segments, view: ConversationView): void {
  if (view.group.protocol !== 'TCP') return;
  segments.connections++;
  // A SYN that is sent again counts as a retransmission.
  segments.retransmissions += Math.max(view.word(Word.SynCount) - 1, 0);
  segments.retransmissions += Math.max(view.word(Word.SynAckCount) - 1, 0);
  for (const side of [0, 1]) {
    segments.retransmissions += view.side(side, Side.Retransmissions);
    segments.retransmissions += view.side(side, Side.FastRetransmissions);
    segments.retransmissions += view.side(side, Side.Spurious);
    segments.spurious += view.side(side, Side.Spurious);
    segments.outOfOrder += view.side(side, Side.OutOfOrder);
  }
  if (view.has(State.Shadow)) segments.connections--;
}

function connecting({ groups }: Observations): Facts {
  const tcp = groups.filter(({ protocol }) => protocol === 'TCP');
  const states: Record<string, number> = {};
  for (const [place, state] of CONNECTION_STATES.entries()) {
    const count = sum(tcp, (group) => group.states[place] ?? 0);
    if (count > 0) states[`TCP state ${state}`] = count;
  }
  return {
    ...states,
    'TCP packets without copies': sum(tcp, ({ packets }) => packets),
    'connections refused': sum(tcp, ({ refused }) => refused.count),
    'connections unanswered': sum(
      tcp,
      ({ silent, rejected, pending }) => silent.count + rejected.count + pending,
    ),
  };
}

function dns({ dns: names }: Observations): Facts {
  return {
    'DNS queries': sum(names, ({ queries }) => queries),
    'DNS NOERROR': sum(names, ({ noError, noData }) => noError + noData),
    'DNS NXDOMAIN': sum(names, ({ nxdomain }) => nxdomain.count),
    'DNS SERVFAIL': sum(names, ({ servfail }) => servfail.count),
    'DNS REFUSED': sum(names, ({ refused }) => refused.count),
  };
}

function applications({ groups }: Observations): Facts {
  const facts: Record<string, number> = {};
  const add = (name: string, count: number): void => {
    facts[name] = (facts[name] ?? 0) + count;
  };
  for (const { kind, fields, count } of groups.flatMap(({ events }) => [...events.all.values()])) {
    if (kind === 'http-exchange' && fields['status'] !== 101) add(`HTTP ${String(fields['status'])}`, count);
    if (kind === 'tls-handshake') add(`TLS handshake for ${String(fields['sni']) || 'no name'}`, count);
    if (kind === 'tls-alert')
      add(`TLS alert ${String(fields['code'])} from the ${String(fields['from'])}`, count);
    if (kind.startsWith('quic-')) add(`QUIC to ${String(fields['sni']) || 'no name'}`, count);
  }
  return facts;
}

function sum<T>(all: readonly T[], count: (one: T) => number): number {
  return all.reduce((total, one) => total + count(one), 0);
}

/** The facts that are not 0. */
export function withoutZeros(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, count]) => count !== 0));
}
