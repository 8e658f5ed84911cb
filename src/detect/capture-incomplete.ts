import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, joinEvidence, plural } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import type { Finding, Severity } from './finding.ts';

/** Above this share of dropped packets a missing packet proves nothing any more. */
const WARNING_SHARE = 0.01;

/*
 * Seen: the kernel or an interface counted packets that the capture program never got; or data is
 * acknowledged that was never captured; or not all fragments of a packet were captured; or the stream of the capture
 * broke.
 * Means: what is missing here may have been on the wire; findings about missing packets are less sure.
 */
function detect(observations: Observations): Finding[] {
  return [
    ...drops(observations),
    ...unseen(observations),
    ...fragments(observations),
    ...problems(observations),
  ];
}

function whole(observations: Observations, count: number): Evidence {
  return { count, firstNs: observations.firstNs, lastNs: observations.lastNs, frames: [] };
}

function make(observations: Observations, evidence: Evidence, severity: Severity, text: string): Finding {
  return finding(observations, 'capture-incomplete', evidence, {
    severity,
    confidence: 'high',
    client: '',
    server: '',
    protocol: '',
    text,
    details: {},
  });
}

function drops(observations: Observations): Finding[] {
  const { dropped, packets } = observations;
  if (dropped === null || dropped === 0) return [];
  const share = dropped / (dropped + packets);
  const percent = share >= 0.001 ? ` (${(share * 100).toFixed(1)} %)` : '';
  const text = `the kernel dropped ${plural(dropped, 'packet')}${percent} before they were captured`;
  return [make(observations, whole(observations, dropped), share > WARNING_SHARE ? 'warning' : 'info', text)];
}

function unseen(observations: Observations): Finding[] {
  const groups = observations.groups.filter((group) => group.unseen.count > 0);
  if (groups.length === 0) return [];
  const evidence = joinEvidence(groups.map((group) => group.unseen));
  const conversations = observations.groups.reduce(
    (sum, group) => sum + (group.protocol === 'TCP' ? group.conversations : 0),
    0,
  );
  const severity = evidence.count / conversations > WARNING_SHARE ? 'warning' : 'info';
  const text = `in ${plural(evidence.count, 'conversation')} data was acknowledged that the capture never saw: the capture lost it, not the network`;
  return [make(observations, evidence, severity, text)];
}

/** Told, not judged: a filter on ports leaves out all fragments but the first as well. */
function fragments(observations: Observations): Finding[] {
  const { fragmentsMissing: missing } = observations;
  if (missing.count === 0) return [];
  const text = `of ${plural(missing.count, 'packet')} that ${missing.count === 1 ? 'was' : 'were'} sent in fragments not all were captured: they were lost on the way, or a filter on ports left them out`;
  return [make(observations, missing, 'info', text)];
}

function problems(observations: Observations): Finding[] {
  return observations.problems.map((problem) =>
    make(observations, whole(observations, 1), 'warning', problem),
  );
}

/** K2: packets are missing from the capture. */
export const captureIncomplete: Detector = {
  id: 'capture-incomplete',
  severity: 'warning',
  doc: {
    title: 'The capture is incomplete',
    seen: 'tcpdump or the capture file reports dropped packets, or data is acknowledged that was never captured, or fragments of packets are missing, or the stream of the capture broke.',
    meaning:
      'Packets that are missing here may well have been on the wire. Conclusions from missing packets are less sure.',
    causes: [
      'a filter on ports: only the first fragment of a packet has some',
      'more traffic than the capture can write',
      'a slow line between the cluster and this machine',
      'the connection to the API server was cut',
    ],
    misleads: ['It is about the capture, not about the network.'],
    next: ['capture less: --filter, a smaller --snaplen, a shorter --duration'],
  },
  detect,
};
