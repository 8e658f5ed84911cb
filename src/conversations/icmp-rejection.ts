import type { Packet } from '../dissect/packet.ts';
import { Measure, State, Word } from './conversation-record.ts';
import type { ConversationTable } from './conversation-table.ts';

/** Whether an error quotes a conversation that waits for its first answer; that is then rejected. */
export function rejectConversation(table: ConversationTable, packet: Packet, timeNs: number): boolean {
  const index = table.findQuoted(packet);
  if (index < 0) return false;
  const at = table.base(index);
  const { words } = table.records;
  const state = words[at + Word.State] as number;
  if (packet.quoteProtocol === 6) {
    const waiting = (state & (State.Syn | State.SynAck | State.ServerSpoke)) === State.Syn;
    if (!waiting || (packet.quoteSeq !== 0 && packet.quoteSeq !== words[at + Word.ClientIsn])) return false;
  }
  if ((state & State.Rejected) === 0) words[at + Word.AnswerFrame] = packet.frameNumber;
  words[at + Word.State] = state | State.Rejected;
  words[at + Word.IcmpTypeCode] = (packet.icmpType << 16) | packet.icmpCode;
  words[at + Word.Other] = packet.src0;
  words[at + Word.Other + 1] = packet.src1;
  words[at + Word.Other + 2] = packet.src2;
  words[at + Word.Other + 3] = packet.src3;
  if (timeNs > (table.numbers[table.numberBase(index) + Measure.Last] as number)) {
    table.numbers[table.numberBase(index) + Measure.Last] = timeNs;
  }
  return true;
}

/** Whether an error comes from the host that sent the quoted packet: its own stack gave up, which no other host said. */
export function isFromQuotedSender(packet: Packet): boolean {
  return (
    packet.src0 === packet.quoteSrc0 &&
    packet.src1 === packet.quoteSrc1 &&
    packet.src2 === packet.quoteSrc2 &&
    packet.src3 === packet.quoteSrc3
  );
}
