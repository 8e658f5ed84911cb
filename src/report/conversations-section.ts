import type { ConversationGroup } from '../conversations/conversation.ts';
import { byteSize, milliseconds, spread, thousands } from './amounts.ts';
import { captureLetter } from './captures-section.ts';
import type { Column } from './columns.ts';
import type { Sheet } from './layout.ts';
import { wideTable } from './others-section.ts';
import { failuresOf } from './verdict.ts';

/** States of connections in one cell; rarer ones are in the JSON. */
const MAX_STATES = 4;

/** All conversations, a numbered row for each client and server (-o wide). */
export function conversationsTable(sheet: Sheet): string[] {
  return wideTable(sheet.report.conversations, columns(sheet), 'conversation group');
}

function columns({ report, naming }: Sheet): Column<ConversationGroup>[] {
  return [
    { title: '', align: 'right', text: (_group, index) => String(index + 1) },
    {
      title: 'CAPTURE',
      text: (group) => (report.captures.length > 1 ? captureLetter(group.capture) : ''),
      optional: true,
    },
    { title: 'CLIENT', text: (group) => naming.host(group.client) },
    { title: 'SERVER', text: (group) => naming.endpoint(group.server) },
    { title: 'PROTOCOL', text: (group) => group.protocol },
    { title: 'CONVERSATIONS', align: 'right', text: (group) => thousands(group.conversations) },
    { title: 'FAILED', align: 'right', text: (group) => thousands(failuresOf(group)) },
    {
      title: 'NOT JUDGED',
      align: 'right',
      text: (group) => thousands(group.outcomes.pending + group.outcomes.unjudged),
    },
    { title: 'STATE', text: ({ states }) => statesText(states), optional: true },
    { title: 'HISTORY', text: ({ history }) => history ?? '', optional: true },
    { title: 'PACKETS', align: 'right', text: (group) => thousands(group.packets) },
    { title: 'SIZE', align: 'right', text: (group) => byteSize(group.bytes) },
    { title: 'SENT AGAIN', align: 'right', text: sentAgain },
    {
      title: 'HANDSHAKE P50/P95',
      align: 'right',
      text: (group) => spread(group.handshakeMs, group.handshakeP95Ms),
    },
    {
      title: 'ROUND TRIP P50/P95',
      align: 'right',
      text: (group) => spread(group.dataRoundTripMs, group.dataRoundTripP95Ms),
    },
    { title: 'SERVER P50/P95', align: 'right', text: (group) => spread(group.serverMs, group.serverP95Ms) },
    { title: 'LONGEST', align: 'right', text: ({ longestServerMs }) => duration(longestServerMs) },
    { title: 'APPLICATION', text: (group) => group.applications.join(', '), optional: true },
  ];
}

/** "38 SF, 2 S1"; of a single connection the state alone. */
function statesText(states: ConversationGroup['states']): string {
  const all = Object.entries(states);
  const [only] = all;
  if (all.length === 1 && only?.[1] === 1) return only[0];
  const shown = all.slice(0, MAX_STATES).map(([state, count]) => `${thousands(count)} ${state}`);
  return shown.join(', ') + (all.length > MAX_STATES ? ' …' : '');
}

/** "3 of 200 segments" as "3/200"; UDP has none. */
function sentAgain({ protocol, segments: { fromClient, fromServer } }: ConversationGroup): string {
  if (protocol !== 'TCP') return '-';
  const again = fromClient.retransmissions + fromServer.retransmissions;
  return `${thousands(again)}/${thousands(fromClient.data + fromServer.data)}`;
}

function duration(valueMs: number | null): string {
  return valueMs === null ? '-' : milliseconds(valueMs);
}
