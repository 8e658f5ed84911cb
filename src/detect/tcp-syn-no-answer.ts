import type { Group } from '../conversations/groups.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { clientsThatHear, finding, judgedAttempts, plural, serverOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import { isHairpin } from './hairpin-failed.ts';

/** A share of silent attempts from which requests fail rather than stumble. */
const ERROR_SHARE = 0.05;

/*
 * Seen: a SYN, repeated by the client's kernel, and nothing comes back – no SYN-ACK, no RST, no ICMP.
 * Means: somebody on the way drops it, or the host that has the address is gone.
 * False positives: a capture of one direction. There the client goes on after its SYN (then this is
 * `one-way-capture`); a client that repeats its SYN has heard nothing, whatever the capture can see. A
 * single SYN proves nothing if no packet at all came in for its sender. Of the addresses of one name that a client
 * tries side by side it keeps the first that answers: the others are information.
 */
function detect(observations: Observations): Finding[] {
  const hearing = clientsThatHear(observations);
  const findings: Finding[] = [];
  for (const group of observations.groups) {
    if (group.protocol !== 'TCP' || group.silent.count === 0 || isHairpin(group)) continue;
    const onlySingles = group.silent.count === group.silentSingles;
    if (onlySingles && !observations.bothDirections && !hearing.has(group.client)) continue;
    findings.push(describe(observations, group, onlySingles));
  }
  return findings;
}

function describe(observations: Observations, group: Group, onlySingles: boolean): Finding {
  const attempts = judgedAttempts(group);
  const silent = group.silent.count;
  const works = group.answered > 0 && group.lastAnsweredNs > group.silent.lastNs;
  // Linux sends ICMP errors at a limited rate (net.ipv4.icmp_ratelimit): where some attempts were rejected, the
  // silent ones were probably rejected too, and that finding speaks for both.
  const limited = group.rejected.count > 0;
  const isRaced = onlySingles && wasRaced(observations, group);
  const severe = silent / attempts >= ERROR_SHARE && !onlySingles && !limited;
  const share =
    silent === attempts ? (attempts === 1 ? 'the only' : `all ${attempts}`) : `${silent} of ${attempts}`;
  const connections = attempts === 1 ? 'connection' : 'connections';
  const others = limited
    ? '; others were rejected by ICMP, which is sent at a limited rate'
    : works
      ? '; later ones were answered'
      : isRaced
        ? '; another address of the same name was taken instead'
        : '';
  return finding(observations, 'tcp-syn-no-answer', group.silent, {
    severity: severe ? 'error' : isRaced ? 'info' : 'warning',
    confidence: onlySingles ? 'low' : limited ? 'medium' : 'high',
    client: group.client,
    server: serverOf(group),
    protocol: 'TCP',
    text: `${share} ${connections} got no answer: ${plural(group.silentSyns, 'SYN')}, nothing back${others}`,
    details: { attempts, succeeded: group.answered, synSegments: group.silentSyns },
  });
}

/**
 * Whether the client gave each attempt up after its first SYN and took another address of the same name at the same
 * port instead, which answered: it tries several at once and keeps the first (Happy Eyeballs, RFC 8305).
 */
function wasRaced({ groups, hostNames }: Observations, group: Group): boolean {
  const names = hostNames.get(group.server);
  return (
    names !== undefined &&
    groups.some(
      (other) =>
        other !== group &&
        other.protocol === 'TCP' &&
        other.client === group.client &&
        other.port === group.port &&
        other.answered >= group.silent.count &&
        [...(hostNames.get(other.server) ?? [])].some((name) => names.has(name)),
    )
  );
}

/** C1: connections that get no answer at all. */
export const tcpSynNoAnswer: Detector = {
  id: 'tcp-syn-no-answer',
  severity: 'error',
  doc: {
    title: 'TCP connection attempts get no answer',
    seen: 'The client repeats its SYN (about every second at first) and nothing comes back: no SYN-ACK, no RST, no ICMP error.',
    meaning:
      'The packets, or the answers to them, are dropped silently. The application waits until its connect time-out ends.',
    causes: [
      'a NetworkPolicy, or another firewall, drops the packets',
      'an endpoint address that no pod has any more',
      'the node does not forward packets (net.ipv4.ip_forward=0), or the overlay between the nodes is blocked',
      'some connections to the same port succeed: one bad endpoint of several, or a full accept queue at the server',
    ],
    misleads: [
      'A capture that shows one direction only looks the same at first; it is told apart, because the client then goes on after its SYN.',
      'A client that tries several addresses of a name side by side (Happy Eyeballs) gives the slower ones up after one SYN; that is information only.',
      'An attempt younger than 3 seconds at the end of the capture is not judged, unless its SYN was repeated.',
    ],
    next: [
      'kubectl get networkpolicies -n NAMESPACE',
      'kubectl get endpointslices -n NAMESPACE -l kubernetes.io/service-name=SERVICE',
      'trace the server pod as well: do the SYNs arrive there?',
    ],
  },
  detect,
};
