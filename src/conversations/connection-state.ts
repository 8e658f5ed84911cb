import { State } from './conversation-record.ts';

/**
 * How far a TCP connection got: Zeek's conn_state (S0, S1, S2, S3, SF, REJ, RSTO, RSTR, RSTOS0, RSTRH, SH, SHR, OTH;
 * base/protocols/conn/main.zeek), and three states that it lacks:
 * - `ONEWAY`: only one direction was captured, or not the one that counts.
 * - `S0*`: the other side sent something, but no SYN-ACK.
 * - `PENDING`: the SYN was too young at the end of the capture to be judged.
 */
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** All of them; groups count by the place in this list. */
export const CONNECTION_STATES = [
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

const placeOf = (state: ConnectionState): number => CONNECTION_STATES.indexOf(state);
const S0: number = placeOf('S0');
const S0_STAR: number = placeOf('S0*');
const S1: number = placeOf('S1');
const S2: number = placeOf('S2');
const S3: number = placeOf('S3');
const SF: number = placeOf('SF');
const REJ: number = placeOf('REJ');
const RSTO: number = placeOf('RSTO');
const RSTR: number = placeOf('RSTR');
const RSTOS0: number = placeOf('RSTOS0');
const RSTRH: number = placeOf('RSTRH');
const SH: number = placeOf('SH');
const SHR: number = placeOf('SHR');
const OTH: number = placeOf('OTH');
const ONEWAY: number = placeOf('ONEWAY');
const PENDING: number = placeOf('PENDING');

/** Place of the state from the bits of {@link State}; `isYoung`: nobody waited for an answer for long enough. */
export function connectionState(bits: number, isOneWay: boolean, isYoung: boolean): number {
  const answer = bits & (State.Syn | State.ServerSpoke | State.SynAck);
  if (answer === (State.Syn | State.ServerSpoke)) return S0_STAR;
  if (isOneWay) return ONEWAY;
  if ((bits & State.Syn) === 0) return withoutSyn(bits);
  if ((bits & State.SynAck) !== 0) return established(bits);
  if ((bits & State.ServerReset) !== 0) return REJ;
  if ((bits & State.ClientReset) !== 0) return RSTOS0;
  if ((bits & State.ClientFin) !== 0) return SH;
  return isYoung && (bits & (State.Rejected | State.AnsweredByOther)) === 0 ? PENDING : S0;
}

function established(bits: number): number {
  if ((bits & State.ServerReset) !== 0) return RSTR;
  if ((bits & State.ClientReset) !== 0) return RSTO;
  const serverFin = (bits & State.ServerFin) !== 0;
  if ((bits & State.ClientFin) !== 0) return serverFin ? SF : S2;
  return serverFin ? S3 : S1;
}

/** The capture began in the middle, or only the server's side of it was kept. */
function withoutSyn(bits: number): number {
  if ((bits & State.SynAck) === 0 || (bits & State.ClientWentOn) !== 0) return OTH;
  if ((bits & State.ServerReset) !== 0) return RSTRH;
  return (bits & State.ServerFin) === 0 ? OTH : SHR;
}
