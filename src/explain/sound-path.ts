import type { ConversationGroup } from '../conversations/conversation.ts';
import type { PlacedFinding } from './explainer.ts';

/**
 * What shows that the network has no part in it: the handshakes and segments of the same conversations, in one line;
 * '' where one of them failed or was sent again.
 */
export function soundPath({ group }: PlacedFinding): string {
  if (group === null || !isSound(group)) return '';
  const { fromClient, fromServer } = group.segments;
  const handshake = group.handshakeMs === null ? '' : ` in ${Number(group.handshakeMs.toFixed(2))} ms`;
  return `the network is sound there: ${group.outcomes.answered} of ${group.outcomes.answered} handshakes were answered${handshake}, 0 of ${fromClient.data + fromServer.data} data segments were lost`;
}

function isSound({ outcomes, segments }: ConversationGroup): boolean {
  const { answered, refused, rejected, silent, answeredByOther } = outcomes;
  return (
    answered > 0 &&
    refused + rejected + silent + answeredByOther === 0 &&
    segments.fromClient.retransmissions + segments.fromServer.retransmissions === 0
  );
}
