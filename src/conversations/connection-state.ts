import { State } from './conversation-record.ts';

/**
 * How far a TCP connection got: Zeek's conn_state (S0, S1, S2, S3, SF, REJ, RSTO, RSTR, RSTOS0, RSTRH, SH, SHR, OTH;
 * base/protocols/conn/main.zeek), and three states that it lacks:
 * - `ONEWAY`: only one direction was captured, or not the one that counts.
 * - `S0*`: the other side sent something, but no SYN-ACK.
 * - `PENDING`: the SYN was too young at the end of the capture to be judged.
 */
export type ConnectionState = (typeof CONNECTION_STATES)[number];

const CONNECTION_STATES = [
  'S0',
  'S0*',
  'S1',
  'S2',
  'S3',
  'SF',
  'REJ',
  'RSTO',
  'RSTR',
  'RSTOS0',
  'RSTRH',
  'SH',
  'SHR',
  'OTH',
  'ONEWAY',
  'PENDING',
] as const;

/** The state from the bits of {@link State}; `isYoung`: nobody waited for an answer for long enough. */
export function connectionState(bits: number, isOneWay: boolean, isYoung: boolean): ConnectionState {
  const has = (bit: number): boolean => (bits & bit) !== 0;
  if (has(State.Syn) && has(State.ServerSpoke) && !has(State.SynAck)) return 'S0*';
  if (isOneWay) return 'ONEWAY';
  if (!has(State.Syn)) return withoutSyn(has);
  if (has(State.SynAck)) return established(has);
  if (has(State.ServerReset)) return 'REJ';
  if (has(State.ClientReset)) return 'RSTOS0';
  if (has(State.ClientFin)) return 'SH';
  return isYoung && !has(State.Rejected | State.AnsweredByOther) ? 'PENDING' : 'S0';
}

function established(has: (bit: number) => boolean): ConnectionState {
  if (has(State.ServerReset)) return 'RSTR';
  if (has(State.ClientReset)) return 'RSTO';
  if (has(State.ClientFin)) return has(State.ServerFin) ? 'SF' : 'S2';
  return has(State.ServerFin) ? 'S3' : 'S1';
}

/** The capture began in the middle, or only the server's side of it was kept. */
function withoutSyn(has: (bit: number) => boolean): ConnectionState {
  if (!has(State.SynAck) || has(State.ClientWentOn)) return 'OTH';
  if (has(State.ServerReset)) return 'RSTRH';
  return has(State.ServerFin) ? 'SHR' : 'OTH';
}
