import type { Scenario } from '../scenario.ts';
import { acceptQueueFull } from './accept-queue-full.ts';
import { clientSlow } from './client-slow.ts';
import { conntrackFull } from './conntrack-full.ts';
import { coreDnsDown } from './coredns-down.ts';
import { corednsMisconfigured } from './coredns-misconfigured.ts';
import { corednsMisconfiguredDeadly } from './coredns-misconfigured-deadly.ts';
import { corednsUpstreamDead } from './coredns-upstream-dead.ts';
import { dnsConntrackRace } from './dns-conntrack-race.ts';
import { dnsNameMisspelt } from './dns-name-misspelt.ts';
import { dnsSearchAmplification } from './dns-search-amplification.ts';
import { endpointsNotReady } from './endpoints-not-ready.ts';
import { externalNameMisleading } from './external-name-misleading.ts';
import { gatewayNotAccepted } from './gateway-not-accepted.ts';
import { hairpinOffUnread } from './hairpin-off-unread.ts';
import { hairpinOff } from './hairpin-off.ts';
import { healthy } from './healthy.ts';
import { healthyClientGivesUp } from './healthy-client-gives-up.ts';
import { healthyHappyEyeballs } from './healthy-happy-eyeballs.ts';
import { healthyHeadless } from './healthy-headless.ts';
import { healthyHostNetwork } from './healthy-host-network.ts';
import { healthyIcmpRedirect } from './healthy-icmp-redirect.ts';
import { healthyKeepAlive } from './healthy-keep-alive.ts';
import { healthyMeshSidecar } from './healthy-mesh-sidecar.ts';
import { healthyResetAfterClose } from './healthy-reset-after-close.ts';
import { healthySearchList } from './healthy-search-list.ts';
import { healthyStartingPod } from './healthy-starting-pod.ts';
import { idleTimeout } from './idle-timeout.ts';
import { imageCannotCapture } from './image-cannot-capture.ts';
import { ingressBackendMissing } from './ingress-backend-missing.ts';
import { kubeProxyStale } from './kube-proxy-stale.ts';
import { listensOnLoopback } from './listens-on-loopback.ts';
import { localTrafficPolicyWithoutEndpoint } from './local-traffic-policy-without-endpoint.ts';
import { meshMtlsMismatch } from './mesh-mtls-mismatch.ts';
import { meshMtlsMismatchStrict } from './mesh-mtls-mismatch-strict.ts';
import { mtuTooLargeUnread } from './mtu-too-large-unread.ts';
import { mtuTooLarge } from './mtu-too-large.ts';
import { networkpolicyDenies } from './networkpolicy-denies.ts';
import { networkpolicyDeniesAll } from './networkpolicy-denies-all.ts';
import { networkpolicyDeniesEgress } from './networkpolicy-denies-egress.ts';
import { networkpolicyDeniesIpBlock } from './networkpolicy-denies-ip-block.ts';
import { networkpolicyDeniesPort } from './networkpolicy-denies-port.ts';
import { networkpolicyDeniesRejecting } from './networkpolicy-denies-rejecting.ts';
import { networkpolicyWithoutEffect } from './networkpolicy-without-effect.ts';
import { nobodyListens } from './nobody-listens.ts';
import { nobodyListensUnread } from './nobody-listens-unread.ts';
import { nodeBridgeNfOff } from './node-bridge-nf-off.ts';
import { nodeBridgeNfOffRead } from './node-bridge-nf-off-read.ts';
import { nodeFirewall } from './node-firewall.ts';
import { nodeIpForwardOff } from './node-ip-forward-off.ts';
import { nodeIpForwardOffRead } from './node-ip-forward-off-read.ts';
import { nodeIpForwardOffWithPolicy } from './node-ip-forward-off-with-policy.ts';
import { nodeRpFilter } from './node-rp-filter.ts';
import { oneBadEndpoint } from './one-bad-endpoint.ts';
import { oneBadEndpointSeen } from './one-bad-endpoint-seen.ts';
import { overlayBlocked } from './overlay-blocked.ts';
import { plaintextToTls } from './plaintext-to-tls.ts';
import { plaintextToTlsClosed } from './plaintext-to-tls-closed.ts';
import { podAsksOtherDns } from './pod-asks-other-dns.ts';
import { podGone } from './pod-gone.ts';
import { policyBlocksDns } from './policy-blocks-dns.ts';
import { serverCrashed } from './server-crashed.ts';
import { serverSlow } from './server-slow.ts';
import { serviceSelectorMismatch } from './service-selector-mismatch.ts';
import { serviceWithoutEndpoints } from './service-without-endpoints.ts';
import { silentPod } from './silent-pod.ts';
import { staleEndpoint } from './stale-endpoint.ts';
import { targetPortMismatch } from './target-port-mismatch.ts';
import { targetPortMismatchRead } from './target-port-mismatch-read.ts';
import { tlsCertificateExpired } from './tls-certificate-expired.ts';
import { tlsNameMismatch } from './tls-name-mismatch.ts';
import { tlsToPlaintext } from './tls-to-plaintext.ts';

/**
 * A new scenario: a file here that exports a `Scenario`, a row below. Its manifests say only what
 * differs from `manifests/shop.yaml`; what they add carries the label `netdebug.example/scenario`.
 * Sorted by name.
 */
export const scenarios: readonly Scenario[] = [
  acceptQueueFull,
  clientSlow,
  conntrackFull,
  coreDnsDown,
  corednsMisconfigured,
  corednsMisconfiguredDeadly,
  corednsUpstreamDead,
  dnsConntrackRace,
  dnsNameMisspelt,
  dnsSearchAmplification,
  endpointsNotReady,
  externalNameMisleading,
  gatewayNotAccepted,
  hairpinOff,
  hairpinOffUnread,
  healthy,
  healthyClientGivesUp,
  healthyHappyEyeballs,
  healthyHeadless,
  healthyHostNetwork,
  healthyIcmpRedirect,
  healthyKeepAlive,
  healthyMeshSidecar,
  healthyResetAfterClose,
  healthySearchList,
  healthyStartingPod,
  idleTimeout,
  imageCannotCapture,
  ingressBackendMissing,
  kubeProxyStale,
  listensOnLoopback,
  localTrafficPolicyWithoutEndpoint,
  meshMtlsMismatch,
  meshMtlsMismatchStrict,
  mtuTooLarge,
  mtuTooLargeUnread,
  networkpolicyDenies,
  networkpolicyDeniesAll,
  networkpolicyDeniesEgress,
  networkpolicyDeniesIpBlock,
  networkpolicyDeniesPort,
  networkpolicyDeniesRejecting,
  networkpolicyWithoutEffect,
  nobodyListens,
  nobodyListensUnread,
  nodeBridgeNfOff,
  nodeBridgeNfOffRead,
  nodeFirewall,
  nodeIpForwardOff,
  nodeIpForwardOffRead,
  nodeIpForwardOffWithPolicy,
  nodeRpFilter,
  oneBadEndpoint,
  oneBadEndpointSeen,
  overlayBlocked,
  plaintextToTls,
  plaintextToTlsClosed,
  podAsksOtherDns,
  podGone,
  policyBlocksDns,
  serverCrashed,
  serverSlow,
  serviceSelectorMismatch,
  serviceWithoutEndpoints,
  silentPod,
  staleEndpoint,
  targetPortMismatch,
  targetPortMismatchRead,
  tlsCertificateExpired,
  tlsNameMismatch,
  tlsToPlaintext,
];
