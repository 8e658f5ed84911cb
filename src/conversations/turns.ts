import type { Packet } from '../dissect/packet.ts';
import { Measure, SideMeasure, Word } from './conversation-record.ts';
import type { ConversationTable } from './conversation-table.ts';

/** Bytes of an answer's beginning that are sampled; a status line and what follows it differ by then. */
const SAMPLE_BYTES = 64;

/** Times from the last data of the client to the first data of the server, and remembers how that begins. */
export function noteTurn(
  table: ConversationTable,
  numberAt: number,
  words: Int32Array,
  at: number,
  fromServer: boolean,
  packet: Packet,
  timeNs: number,
): void {
  const { numbers } = table;
  if (!fromServer) {
    if (numbers[numberAt + Measure.RequestNs] === 0) noteClientWait(numbers, numberAt, timeNs);
    numbers[numberAt + Measure.RequestNs] = timeNs;
    words[at + Word.RequestFrame] = packet.frameNumber;
    return;
  }
  const requestNs = numbers[numberAt + Measure.RequestNs] as number;
  if (requestNs === 0) return;
  const tookNs = timeNs - requestNs;
  if (tookNs > (numbers[numberAt + Measure.ServerNs] as number)) {
    numbers[numberAt + Measure.ServerNs] = tookNs;
    words[at + Word.SlowRequestFrame] = words[at + Word.RequestFrame] as number;
    words[at + Word.SlowResponseFrame] = packet.frameNumber;
  }
  numbers[numberAt + Measure.RequestNs] = 0;
  const sampled = Math.min(packet.payloadCaptured, SAMPLE_BYTES);
  words[at + Word.TurnSampled] = sampled;
  if (sampled < 4) return;
  words[at + Word.TurnSeq] = packet.seq;
  words[at + Word.TurnSample] = sample(packet, sampled);
  words[at + Word.TurnFrame] = packet.frameNumber;
}

/** The client's first data after the server's last. */
function noteClientWait(numbers: Float64Array, numberAt: number, timeNs: number): void {
  const server = numberAt + Measure.Direction1;
  const sinceNs =
    (numbers[server + SideMeasure.LastDataNs] as number) || (numbers[server + SideMeasure.LastNs] as number);
  if (sinceNs === 0) return;
  const waitedNs = timeNs - sinceNs;
  if (waitedNs > (numbers[numberAt + Measure.ClientNs] as number))
    numbers[numberAt + Measure.ClientNs] = waitedNs;
}

/** Compares a segment of the server with the one that was sent in the same place before. */
export function compareTurn(words: Int32Array, at: number, packet: Packet): void {
  const sampled = words[at + Word.TurnSampled] as number;
  if (sampled < 4 || packet.payloadCaptured < sampled || words[at + Word.OtherTurnFrame] !== 0) return;
  if (sample(packet, sampled) !== words[at + Word.TurnSample])
    words[at + Word.OtherTurnFrame] = packet.frameNumber;
}

/** Three words of the first `length` bytes, at the beginning, in the middle and at the end. */
function sample(packet: Packet, length: number): number {
  const { view, payloadOffset } = packet;
  const middle = view.getInt32(payloadOffset + ((length - 4) >>> 1));
  const end = view.getInt32(payloadOffset + length - 4);
  return (
    (view.getInt32(payloadOffset) ^ Math.imul(middle, 0x9e3779b1 | 0) ^ Math.imul(end, 0x85ebca6b | 0)) | 0
  );
}
