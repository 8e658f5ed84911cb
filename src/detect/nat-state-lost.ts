import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, plural } from './evidence.ts';
import type { Finding } from './finding.ts';

const ID = 'nat-state-lost';

/*
 * Seen: in the middle of a connection a segment that continues it comes from another address than the one dialled,
 * and the client resets it.
 * Means: what translated the addresses no longer does so for the answers; the connection is lost.
 * False positives: a capture of both sides of the translation shows such segments all the time, but then it shows a
 * SYN between those addresses too, or nobody resets them. What comes after a FIN or a reset disturbs nobody.
 */
function detect(observations: Observations): Finding[] {
  return observations.strayAnswers.map(({ client, dialled, sender, tally }) =>
    finding(observations, ID, tally, {
      severity: 'error',
      confidence: 'high',
      client,
      server: dialled,
      protocol: 'TCP',
      text: `in ${plural(tally.count, 'open connection')} to ${dialled} the answers suddenly came from ${sender}, and the client reset them`,
      details: { answeredBy: [sender] },
    }),
  );
}

/** T9: the translation of addresses is lost in the middle of a connection. */
export const natStateLost: Detector = {
  id: 'nat-state-lost',
  severity: 'error',
  doc: {
    title: 'The translation of addresses is lost in the middle of a connection',
    seen: 'A connection to a Service works; then a segment with its next sequence number comes from the pod’s own address and port, and the client resets it.',
    meaning:
      'The node no longer translates the answers back. The connection is lost: the client waits for data that it resets without knowing, or meets a time-out.',
    causes: [
      'connection tracking took a segment for invalid (outside the window, late) and passed it untranslated',
      'the table of connection tracking is full, or was flushed, or the entry timed out',
      'the endpoint was removed from its Service while the connection was open',
    ],
    misleads: [
      'A capture of both sides of the translation shows the same segments twice with different addresses; without a reset by the client they are not counted.',
      'Segments after a FIN or a reset are left out: the connection was over.',
    ],
    next: [
      'conntrack -S   (on the node: invalid, insert_failed, early_drop)',
      'sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max   (on the node)',
      'sysctl net.netfilter.nf_conntrack_tcp_be_liberal   (on the node)',
    ],
  },
  detect,
};
