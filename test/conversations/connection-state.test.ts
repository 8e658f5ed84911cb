import { expect, test } from 'vitest';
import { CONNECTION_STATES, connectionState } from '../../src/conversations/connection-state.ts';
import { State } from '../../src/conversations/conversation-record.ts';

const { Syn, SynAck, ClientWentOn, ServerSpoke, ClientFin, ServerFin, ClientReset, ServerReset } = State;
const open = Syn | SynAck | ClientWentOn | ServerSpoke;

const stateOf = (bits: number, isOneWay: boolean, isYoung: boolean): string | undefined =>
  CONNECTION_STATES[connectionState(bits, isOneWay, isYoung)];

test.each<[string, number]>([
  ['S0', Syn],
  ['S0', Syn | State.Rejected],
  ['S0', Syn | State.AnsweredByOther],
  ['S0*', Syn | ServerSpoke],
  ['REJ', Syn | ServerReset | State.Refused],
  ['RSTOS0', Syn | ClientReset],
  ['SH', Syn | ClientFin],
  ['S1', open],
  ['S2', open | ClientFin],
  ['S3', open | ServerFin],
  ['SF', open | ClientFin | ServerFin],
  ['RSTO', open | ClientFin | ServerFin | ClientReset | State.ResetAfterFin],
  ['RSTO', open | ClientReset],
  ['RSTO', open | ServerFin | ClientReset | State.ResetAfterFin],
  ['RSTR', open | ServerReset],
  ['RSTRH', SynAck | ServerSpoke | ServerReset],
  ['SHR', SynAck | ServerSpoke | ServerFin],
  ['OTH', ClientWentOn | ServerSpoke],
  ['OTH', SynAck | ClientWentOn | ServerSpoke],
])('%s', (state, bits) => {
  expect(stateOf(bits, false, false)).toBe(state);
});

test('a young SYN is pending, unless an error has answered it', () => {
  expect(stateOf(Syn, false, true)).toBe('PENDING');
  expect(stateOf(Syn | State.Rejected, false, true)).toBe('S0');
});

test('what was captured of one direction only is called so', () => {
  expect(stateOf(Syn | ClientWentOn, true, false)).toBe('ONEWAY');
});
