import type { ConversationGroup } from '../conversations/conversation.ts';
import type { PlacedFinding } from './explainer.ts';

/**
 * What shows that the network has no part in it: the handshakes and segments of the same conversations, in one line;
 * '' where a handshake failed, or more than the share `tolerated` of the segments was sent again: none, unless the
 * symptom is one that losses do not make.
 */
export function soundPath({ group }: PlacedFinding, tolerated = 0): string {
  if (group === null || !isSound(group, tolerated)) return '';
  const { fromClient, fromServer } = group.segments;
  const again = fromClient.retransmissions + fromServer.retransmissions;
  const handshake = group.handshakeMs === null ? '' : ` in ${Number(group.handshakeMs.toFixed(2))} ms`;
  return `the network is sound there: ${group.outcomes.answered} of ${group.outcomes.answered} handshakes were answered${handshake}, ${again} of ${fromClient.data + fromServer.data} data segments were lost`;
}

function isSound({ outcomes, segments }: ConversationGroup, tolerated: number): boolean {
  const { answered, refused, rejected, silent, answeredByOther } = outcomes;
  const { fromClient, fromServer } = segments;
  return (
    answered > 0 &&
    refused + rejected + silent + answeredByOther === 0 &&
    fromClient.retransmissions + fromServer.retransmissions <= (fromClient.data + fromServer.data) * tolerated
  );
}
