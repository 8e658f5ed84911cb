import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, plural } from './evidence.ts';
import type { Finding } from './finding.ts';

/*
 * Seen: an INIT that is repeated without any answer, or that is answered by ABORT.
 * Means: the association is not set up: dropped on the way, or nobody listens.
 * False positives: a single INIT without an answer is not counted, so captures of one direction stay silent.
 */
function detect(observations: Observations): Finding[] {
  const failed = observations.sctp.filter(
    ({ answer, inits }) => answer === 'aborted' || (answer === 'none' && inits.count >= 2),
  );
  const byPair = Map.groupBy(failed, ({ client, server, answer }) => `${client} ${server} ${answer}`);
  return [...byPair.values()].flatMap((attempts) => {
    const [first] = attempts;
    if (first === undefined) return [];
    const evidence = joinEvidence(attempts.map(({ inits }) => inits));
    const frames = [...evidence.frames, ...attempts.map(({ answerFrame }) => answerFrame)].filter(
      (frame) => frame > 0,
    );
    const how =
      first.answer === 'aborted'
        ? 'refused by ABORT'
        : `not answered, ${plural(evidence.count, 'INIT')} sent`;
    return finding(
      observations,
      'sctp-no-answer',
      { ...evidence, count: attempts.length, frames },
      {
        severity: 'error',
        confidence: 'high',
        client: first.client,
        server: first.server,
        protocol: '',
        text: `${plural(attempts.length, 'SCTP association was', 'SCTP associations were')} ${how}`,
        details: {},
      },
    );
  });
}

/** S1: SCTP associations that are not set up. */
export const sctpNoAnswer: Detector = {
  id: 'sctp-no-answer',
  severity: 'error',
  doc: {
    title: 'SCTP associations are not set up',
    seen: 'An INIT chunk is repeated and no INIT ACK comes back, or it is answered by ABORT.',
    meaning:
      'The program cannot connect. Silence is a packet dropped on the way; ABORT comes from a host on which nobody listens.',
    causes: [
      'a firewall, security group or NAT that knows only TCP and UDP',
      'a NetworkPolicy without a rule for protocol SCTP, or a CNI that does not support it',
      'the kernel module sctp is not loaded on the node of the server',
    ],
    misleads: ['Checksums of SCTP are filled in by network cards; wrong ones in a capture mean nothing.'],
    next: [
      'lsmod | grep sctp   (on the node)',
      'kubectl get networkpolicies -n NAMESPACE -o yaml   (protocol: SCTP)',
    ],
  },
  detect,
};
