import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isCalm } from '../../src/conversations/calm.ts';
import {
  Side,
  SideMeasure,
  State,
  STRIDE,
  Word,
  Measure,
} from '../../src/conversations/conversation-record.ts';
import { ConversationTable } from '../../src/conversations/conversation-table.ts';
import { GroupTable } from '../../src/conversations/groups.ts';
import { ConversationView } from '../../src/conversations/view.ts';
import { Packet } from '../../src/dissect/packet.ts';
import { judges } from '../../src/detect/index.ts';

/** Bits that a calm connection may have or lack. */
const FREE_STATE =
  State.ClientFin |
  State.ServerFin |
  State.ServerFinFirst |
  State.Hole0 |
  State.Hole1 |
  State.SeqKnown0 |
  State.SeqKnown1 |
  State.AckKnown0 |
  State.AckKnown1 |
  State.Closed;
const ESTABLISHED = State.Syn | State.SynAck | State.ClientWentOn | State.ServerSpoke;
/** Of a side: what is 0 in a calm connection. */
const NONE = [
  Side.Retransmissions,
  Side.FastRetransmissions,
  Side.MostRepeats,
  Side.MostKeepAlives,
  Side.ZeroWindows,
];

/** A connection of which everything is at random that {@link isCalm} does not ask for. */
function calmConversation(random: readonly number[], state: number): ConversationView {
  const groups = new GroupTable(1);
  const table = new ConversationTable(1, () => undefined, 64);
  const index = table.open(new Packet(), 1, false);
  const { words } = table.records;
  const { numbers } = table;
  const at = table.base(index);
  for (let word = 0; word < STRIDE; word++) words[at + word] = random[word % random.length] as number;
  for (let number = 0; number < 32; number++)
    numbers[table.numberBase(index) + number] = (random[number % random.length] as number) * 1e7;
  words[at + Word.Meta] = (6 << 8) | 4;
  words[at + Word.State] = ESTABLISHED | (state & FREE_STATE);
  words[at + Word.SynCount] = 1;
  words[at + Word.SynAckCount] = 1;
  for (const field of [Word.ResetFrame, Word.AfterResetFrame]) words[at + field] = 0;
  for (const side of [Word.Direction0, Word.Direction1])
    for (const field of NONE) words[at + side + field] = 0;
  for (const side of [Measure.Direction0, Measure.Direction1]) {
    const from = table.numberBase(index) + side;
    // Nothing but a closed window starts these.
    for (const field of [SideMeasure.WindowFullNs, SideMeasure.ZeroSinceNs, SideMeasure.LongestZeroNs])
      numbers[from + field] = 0;
  }
  const view = new ConversationView(table, groups);
  view.set(index, groups.placeOf(table, index), 1e12);
  return view;
}

test('who does not want to see calm connections would say nothing of them', () => {
  const others = judges.all.filter((judge) => !judges.ofCalm.includes(judge));
  expect(others.length).toBeGreaterThan(8);
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 70_000 }), { minLength: 40, maxLength: 180 }),
      fc.integer(),
      (random, state) => {
        const view = calmConversation(random, state);
        expect(isCalm(view)).toBe(true);
        for (const judge of others) judge(view);
        expect([...view.group.symptoms.keys()]).toEqual([]);
      },
    ),
  );
});

test('who wants to see them says something of a slow server', () => {
  const view = calmConversation([5000], 0);
  for (const judge of judges.ofCalm) judge(view);
  expect([...view.group.symptoms.keys()]).toContain('latency-split');
});
