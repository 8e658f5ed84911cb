import type { ConversationJudges } from '../conversations/view.ts';
import type { Observations } from '../conversations/observations.ts';
import { applicationError } from './application-error.ts';
import { grpcError } from './grpc-error.ts';
import { http5xx } from './http-5xx.ts';
import { httpKeepAliveRace } from './http-keep-alive-race.ts';
import { httpNoResponse } from './http-no-response.ts';
import { httpSlow } from './http-slow.ts';
import { http2Goaway } from './http2-goaway.ts';
import { midstreamCapture } from './midstream-capture.ts';
import { offload } from './offload.ts';
import { opaqueTraffic } from './opaque-traffic.ts';
import { probeFailing } from './probe-failing.ts';
import { arpNoAnswer } from './arp-no-answer.ts';
import { captureIncomplete } from './capture-incomplete.ts';
import { capturedTwice } from './captured-twice.ts';
import { withConfidence } from './confidence.ts';
import { connectionScan } from './connection-scan.ts';
import { damagedCapture } from './damaged-capture.ts';
import type { Crossing } from '../matching/crossing.ts';
import type { Detector } from './detector.ts';
import { dnsLateReply } from './dns-late-reply.ts';
import { dnsMismatchedReply } from './dns-mismatched-reply.ts';
import { dnsRace } from './dns-race.ts';
import { dnsSlow } from './dns-slow.ts';
import { dnsTruncated } from './dns-truncated.ts';
import { duplicateAddress } from './duplicate-address.ts';
import { icmpUnreachable } from './icmp-unreachable.ts';
import { natStateLost } from './nat-state-lost.ts';
import { ndNoAnswer } from './nd-no-answer.ts';
import { overlayDamaged } from './overlay-damaged.ts';
import { overlayOneWay } from './overlay-one-way.ts';
import { pathMtuDiscovery } from './path-mtu-discovery.ts';
import { quicNoAnswer } from './quic-no-answer.ts';
import { sctpNoAnswer } from './sctp-no-answer.ts';
import { tcpForgedSegment } from './tcp-forged-segment.ts';
import { tcpPortReusedTooSoon } from './tcp-port-reused-too-soon.ts';
import { tcpWindowLimited } from './tcp-window-limited.ts';
import { tcpZeroWindow } from './tcp-zero-window.ts';
import { tcpSynAckNoAnswer } from './tcp-syn-ack-no-answer.ts';
import { tcpStalled } from './tcp-stalled.ts';
import { tcpSlowConnect } from './tcp-slow-connect.ts';
import { tcpResetMidstream } from './tcp-reset-midstream.ts';
import { tcpResetAfterIdle } from './tcp-reset-after-idle.ts';
import { tcpReordering } from './tcp-reordering.ts';
import { tcpLoss } from './tcp-loss.ts';
import { tcpDeadPeer } from './tcp-dead-peer.ts';
import { pathMtuBlackHole } from './path-mtu-black-hole.ts';
import { latencySplit } from './latency-split.ts';
import { lostBetween } from './lost-between.ts';
import { dnsNoAnswer } from './dns-no-answer.ts';
import { dnsNxdomain } from './dns-nxdomain.ts';
import { dnsPortUnreachable } from './dns-port-unreachable.ts';
import { dnsRefused } from './dns-refused.ts';
import { dnsSearchWaste } from './dns-search-waste.ts';
import { dnsServfail } from './dns-servfail.ts';
import type { Finding } from './finding.ts';
import { hairpinFailed } from './hairpin-failed.ts';
import { mergeScans } from './merge-scans.ts';
import { oneWayCapture } from './one-way-capture.ts';
import { replyFromOtherAddress } from './reply-from-other-address.ts';
import { tcpRefused } from './tcp-refused.ts';
import { tcpRejectedByIcmp } from './tcp-rejected-by-icmp.ts';
import { tcpSynNoAnswer } from './tcp-syn-no-answer.ts';
import { tlsAlert } from './tls-alert.ts';
import { tlsBadCertificate } from './tls-bad-certificate.ts';
import { tlsClientCertificate } from './tls-client-certificate.ts';
import { tlsNoServerHello } from './tls-no-server-hello.ts';
import { ttlExceeded } from './ttl-exceeded.ts';
import { udpNoAnswer } from './udp-no-answer.ts';
import { wireguardNoHandshake } from './wireguard-no-handshake.ts';
import { wrongProtocol } from './wrong-protocol.ts';

/*
 * To add a detector: a file named after its id, a row here, the id in finding.ts, a capture with its
 * expectation in test/captures, and `npm run docs` for its page.
 */
export const detectors: readonly Detector[] = [
  applicationError,
  arpNoAnswer,
  captureIncomplete,
  capturedTwice,
  connectionScan,
  damagedCapture,
  dnsLateReply,
  dnsMismatchedReply,
  dnsNoAnswer,
  dnsNxdomain,
  dnsPortUnreachable,
  dnsRace,
  dnsRefused,
  dnsSearchWaste,
  dnsServfail,
  dnsSlow,
  dnsTruncated,
  duplicateAddress,
  grpcError,
  hairpinFailed,
  http5xx,
  httpKeepAliveRace,
  httpNoResponse,
  httpSlow,
  http2Goaway,
  icmpUnreachable,
  latencySplit,
  lostBetween,
  midstreamCapture,
  natStateLost,
  ndNoAnswer,
  offload,
  oneWayCapture,
  opaqueTraffic,
  overlayDamaged,
  overlayOneWay,
  pathMtuBlackHole,
  pathMtuDiscovery,
  probeFailing,
  quicNoAnswer,
  replyFromOtherAddress,
  sctpNoAnswer,
  tcpDeadPeer,
  tcpForgedSegment,
  tcpLoss,
  tcpPortReusedTooSoon,
  tcpRefused,
  tcpRejectedByIcmp,
  tcpReordering,
  tcpResetAfterIdle,
  tcpResetMidstream,
  tcpSlowConnect,
  tcpStalled,
  tcpSynAckNoAnswer,
  tcpSynNoAnswer,
  tcpWindowLimited,
  tcpZeroWindow,
  tlsAlert,
  tlsBadCertificate,
  tlsClientCertificate,
  tlsNoServerHello,
  ttlExceeded,
  udpNoAnswer,
  wireguardNoHandshake,
  wrongProtocol,
];

/** What the detectors want to see of each conversation. */
export const judges: ConversationJudges = {
  all: detectors.flatMap(({ judge }) => judge ?? []),
  ofCalm: detectors.flatMap(({ judge, judgesCalm }) => (judge === undefined || !judgesCalm ? [] : judge)),
};

const SEVERITY_ORDER = { error: 0, warning: 1, info: 2 } as const;

/** All findings of a capture, worst first, then by how often they were seen. */
export function detect(observations: Observations): Finding[] {
  const findings = detectors.flatMap((detector) => mergeScans(detector.detect(observations)));
  return withConfidence(findings).toSorted(
    (a, b) =>
      SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] || b.count - a.count || (a.id < b.id ? -1 : 1),
  );
}

/** What several captures of one incident show together. */
export function detectBetween(crossing: Crossing): Finding[] {
  return detectors.flatMap((detector) => detector.compare?.(crossing) ?? []);
}
