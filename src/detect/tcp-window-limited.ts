import { Side, SideMeasure, Word } from '../conversations/conversation-record.ts';
import type { Observations } from '../conversations/observations.ts';
import type { ConversationView } from '../conversations/view.ts';
import type { Detector } from './detector.ts';
import { finding, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { describeSymptoms, durationText, sideName } from './symptoms.ts';

const ID = 'tcp-window-limited';
/** A sender that waits for less than this share of the connection is held up by something else. */
const MIN_SHARE = 0.2;
/** Less waiting than this nobody notices. */
const MIN_WAITED_NS = 100e6;
/** A window is filled now and then; for several round trips it is the limit. */
const MIN_ROUND_TRIPS = 3;

function judge(conversation: ConversationView): void {
  if (!conversation.isEstablished) return;
  for (let side = 0; side < 2; side++) {
    const waitedNs = conversation.sideNumber(side, SideMeasure.WindowFullNs);
    const lastedNs = conversation.lastNs - conversation.firstNs;
    if (waitedNs < conversation.roundTripNs * MIN_ROUND_TRIPS) continue;
    if (waitedNs < MIN_WAITED_NS || waitedNs < lastedNs * MIN_SHARE) continue;
    // What is in flight grows while something lost is sent again: that is loss.
    const sentAgain =
      conversation.side(side, Side.Retransmissions) + conversation.side(side, Side.FastRetransmissions);
    if (sentAgain > 0) continue;
    const symptom = conversation.group.symptom(ID);
    symptom.add(conversation.firstNs, conversation.lastNs, conversation.word(Word.WindowFullFrame));
    symptom.note('waitedNs', waitedNs);
    symptom.note('share', waitedNs / lastedNs);
    symptom.note('side', side);
    symptom.note('roundTripNs', conversation.roundTripNs);
  }
}

/*
 * Seen: for a fifth of the connection or more, all that the receiver's window allows is in flight and the sender
 * waits for an acknowledgment.
 * Means: the window, not the network, sets the speed: a window for each round trip.
 * False positives: a closed window (tcp-zero-window) and loss fill the window as well; neither is counted.
 */
function detect(observations: Observations): Finding[] {
  return describeSymptoms(observations, ID, ({ group, symptom }) => {
    const value = (name: string): number => symptom.largest.get(name) ?? 0;
    const [waitedMs, roundTripMs] = [value('waitedNs') / 1e6, value('roundTripNs') / 1e6];
    const by = sideName(value('side'));
    const share = Math.min(Math.round(value('share') * 100), 100);
    return finding(observations, ID, symptom, {
      severity: 'info',
      confidence: 'medium',
      client: group.client,
      server: serverOf(group),
      protocol: 'TCP',
      text: `in ${plural(symptom.count, 'connection')} the ${by} waited up to ${durationText(waitedMs)} (${share} % of the time) with the receiver's window full; the round trip is ${durationText(roundTripMs)}`,
      details: { attempts: group.conversations, by, longestMs: waitedMs, roundTripMs },
    });
  });
}

/** T6: the receiver's window sets the speed. */
export const tcpWindowLimited: Detector = {
  id: 'tcp-window-limited',
  severity: 'info',
  doc: {
    title: 'The receiver’s window sets the speed',
    seen: 'For at least a fifth of a connection everything that the receiver’s window allows is in flight, and the sender waits for acknowledgments.',
    meaning:
      'A connection carries at most one window for each round trip. More bandwidth would not make it faster; a larger receive buffer or a shorter way would.',
    causes: [
      'a small receive buffer: SO_RCVBUF set by the program, or net.ipv4.tcp_rmem in the pod',
      'a long round trip, such as between regions',
      'a program that reads slowly, so that the window stays small',
    ],
    misleads: [
      'Seen only from the sender’s side: where the receiver is captured, acknowledgments leave at once and nothing seems to wait.',
      'Connections that lost segments or whose window was closed are left out.',
    ],
    next: ['ss -tmi   (in both pods: rcv_space, rwnd_limited)', 'sysctl net.ipv4.tcp_rmem   (in the pod)'],
  },
  judge,
  detect,
};
