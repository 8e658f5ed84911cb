import type { Scenario } from '../scenario.ts';
import { coreDnsDown } from './coredns-down.ts';
import { dnsNameMisspelt } from './dns-name-misspelt.ts';
import { endpointsNotReady } from './endpoints-not-ready.ts';
import { healthy } from './healthy.ts';
import { localTrafficPolicyWithoutEndpoint } from './local-traffic-policy-without-endpoint.ts';
import { networkpolicyDeniesAll } from './networkpolicy-denies-all.ts';
import { networkpolicyDeniesEgress } from './networkpolicy-denies-egress.ts';
import { networkpolicyDeniesIpBlock } from './networkpolicy-denies-ip-block.ts';
import { networkpolicyDeniesPort } from './networkpolicy-denies-port.ts';
import { networkpolicyDeniesRejecting } from './networkpolicy-denies-rejecting.ts';
import { networkpolicyDenies } from './networkpolicy-denies.ts';
import { gatewayNotAccepted } from './gateway-not-accepted.ts';
import { hairpinOffUnread } from './hairpin-off-unread.ts';
import { hairpinOff } from './hairpin-off.ts';
import { networkpolicyWithoutEffect } from './networkpolicy-without-effect.ts';
import { nodeBridgeNfOff } from './node-bridge-nf-off.ts';
import { nodeIpForwardOffWithPolicy } from './node-ip-forward-off-with-policy.ts';
import { nodeIpForwardOff } from './node-ip-forward-off.ts';
import { policyBlocksDns } from './policy-blocks-dns.ts';
import { serviceSelectorMismatch } from './service-selector-mismatch.ts';
import { serviceWithoutEndpoints } from './service-without-endpoints.ts';
import { silentPod } from './silent-pod.ts';
import { staleEndpoint } from './stale-endpoint.ts';
import { targetPortMismatch } from './target-port-mismatch.ts';

/**
 * A new scenario: a file here that exports a `Scenario`, a row below. Its manifests say only what
 * differs from `manifests/shop.yaml`; what they add carries the label `netdebug.example/scenario`.
 * Sorted by name.
 */
import { meshMtlsMismatch } from './mesh-mtls-mismatch.ts';
import { meshMtlsMismatchStrict } from './mesh-mtls-mismatch-strict.ts';
import { mtuTooLargeUnread } from './mtu-too-large-unread.ts';
import { mtuTooLarge } from './mtu-too-large.ts';
import { networkpolicyDenies } from './networkpolicy-denies.ts';
export const scenarios: readonly Scenario[] = [
  coreDnsDown,
  dnsNameMisspelt,
  endpointsNotReady,
  healthy,
  localTrafficPolicyWithoutEndpoint,
import { nobodyListens } from './nobody-listens.ts';
import { nobodyListensUnread } from './nobody-listens-unread.ts';
  networkpolicyDenies,
  networkpolicyDeniesAll,
  networkpolicyDeniesEgress,
  networkpolicyDeniesIpBlock,
  networkpolicyDeniesPort,
  networkpolicyDeniesRejecting,
  networkpolicyWithoutEffect,
  nodeBridgeNfOff,
  nodeIpForwardOff,
  nodeIpForwardOffWithPolicy,
  policyBlocksDns,
  serviceSelectorMismatch,
  serviceWithoutEndpoints,
  silentPod,
  staleEndpoint,
  targetPortMismatch,
];
  gatewayNotAccepted,
  hairpinOff,
  hairpinOffUnread,
  meshMtlsMismatch,
  meshMtlsMismatchStrict,
  mtuTooLarge,
  mtuTooLargeUnread,
  nobodyListens,
  nobodyListensUnread,
