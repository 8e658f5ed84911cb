import { addressKey, splitServer } from '../cluster/address.ts';
import type { Facts } from '../cluster/facts.ts';
import type { ConversationGroup } from '../conversations/conversation.ts';
import type { Finding } from '../detect/finding.ts';
import { acceptQueueFull } from './accept-queue-full.ts';
import { clientSlow } from './client-slow.ts';
import { conntrackFull } from './conntrack-full.ts';
import { corednsDown } from './coredns-down.ts';
import { corednsMisconfigured } from './coredns-misconfigured.ts';
import { corednsUpstreamDead } from './coredns-upstream-dead.ts';
import { dnsConntrackRace } from './dns-conntrack-race.ts';
import { dnsNameMisspelt } from './dns-name-misspelt.ts';
import { dnsSearchAmplification } from './dns-search-amplification.ts';
import { endpointsNotReady } from './endpoints-not-ready.ts';
import type { Enforcer } from './enforcer.ts';
import type { Explainer, Situation } from './explainer.ts';
import type { Cause, Explanation, PolicySuspect, Unknown } from './explanation.ts';
import { externalNameMisleading } from './external-name-misleading.ts';
import { gatewayNotAccepted } from './gateway-not-accepted.ts';
import { hairpinOff } from './hairpin-off.ts';
import { idleTimeout } from './idle-timeout.ts';
import { imageCannotCapture } from './image-cannot-capture.ts';
import { ingressBackendMissing } from './ingress-backend-missing.ts';
import { kubeProxyStale } from './kube-proxy-stale.ts';
import { listensOnLoopback } from './listens-on-loopback.ts';
import { localTrafficPolicyWithoutEndpoint } from './local-traffic-policy-without-endpoint.ts';
import { meshMtlsMismatch } from './mesh-mtls-mismatch.ts';
import { mtuTooLarge } from './mtu-too-large.ts';
import { networkpolicyDenies } from './networkpolicy-denies.ts';
import { nobodyListens } from './nobody-listens.ts';
import { nodeBridgeNfOff } from './node-bridge-nf-off.ts';
import { nodeFirewall } from './node-firewall.ts';
import { nodeIpForwardOff } from './node-ip-forward-off.ts';
import { nodeRpFilter } from './node-rp-filter.ts';
import { oneBadEndpoint } from './one-bad-endpoint.ts';
import { oneStory } from './one-story.ts';
import { overlayBlocked } from './overlay-blocked.ts';
import { plainData } from './plain.ts';
import { plaintextToTls } from './plaintext-to-tls.ts';
import { podAsksOtherDns } from './pod-asks-other-dns.ts';
import { podGone } from './pod-gone.ts';
import { policyBlocksDns } from './policy-blocks-dns.ts';
import { policyWithoutEnforcer } from './policy-without-enforcer.ts';
import { finishCauses, rankCauses } from './rank.ts';
import { serverCrashed } from './server-crashed.ts';
import { serverSlow } from './server-slow.ts';
import { serviceSelectorMismatch } from './service-selector-mismatch.ts';
import { serviceWithoutEndpoints } from './service-without-endpoints.ts';
import { openSituation } from './situation.ts';
import { staleEndpoint } from './stale-endpoint.ts';
import { targetPortMismatch } from './target-port-mismatch.ts';
import { tlsCertificateExpired } from './tls-certificate-expired.ts';
import { tlsNameMismatch } from './tls-name-mismatch.ts';
import { tlsToPlaintext } from './tls-to-plaintext.ts';

/**
 * The causes that can be found, sorted by id. A new one is a file named after its id, a line here, its id in
 * explanation.ts and its place in rank.ts.
 */
export const explainers: readonly Explainer[] = [
  acceptQueueFull,
  clientSlow,
  conntrackFull,
  corednsDown,
  corednsMisconfigured,
  corednsUpstreamDead,
  dnsConntrackRace,
  dnsNameMisspelt,
  dnsSearchAmplification,
  endpointsNotReady,
  externalNameMisleading,
  gatewayNotAccepted,
  hairpinOff,
  idleTimeout,
  imageCannotCapture,
  ingressBackendMissing,
  kubeProxyStale,
  listensOnLoopback,
  localTrafficPolicyWithoutEndpoint,
  meshMtlsMismatch,
  mtuTooLarge,
  networkpolicyDenies,
  nobodyListens,
  nodeBridgeNfOff,
  nodeFirewall,
  nodeIpForwardOff,
  nodeRpFilter,
  oneBadEndpoint,
  overlayBlocked,
  plaintextToTls,
  podAsksOtherDns,
  podGone,
  policyBlocksDns,
  policyWithoutEnforcer,
  serverCrashed,
  serverSlow,
  serviceSelectorMismatch,
  serviceWithoutEndpoints,
  staleEndpoint,
  targetPortMismatch,
  tlsCertificateExpired,
  tlsNameMismatch,
  tlsToPlaintext,
];

export interface ExplainOptions {
  /** Image for printed `kubectl debug node/…` commands. */
  readonly image?: string;
  /** What enforces policies, where it is not to be recognised by the facts. */
  readonly enforcer?: Enforcer | undefined;
}

/**
 * Joins what the packets showed with what the cluster says: causes in order of rank, policies that may be behind a
 * finding, and what could not be read. Without facts (null: analysed offline) there are no causes. Never throws:
 * an explainer that fails becomes an entry of `unknowns`.
 */
export function explain(
  findings: readonly Finding[],
  groups: readonly ConversationGroup[],
  facts: Facts | null,
  options: ExplainOptions = {},
): Explanation {
  if (facts === null) return withoutFacts(findings);
  let situation: Situation;
  try {
    situation = openSituation(findings, groups, plainData(facts), options.image, options.enforcer);
  } catch (error) {
    return {
      ...withoutFacts([]),
      unknowns: [{ what: 'cluster facts', why: `they could not be used: ${wordsOf(error)}`, next: '' }],
    };
  }
  const causes: Cause[] = [];
  const questions: Unknown[] = [];
  const failures: Unknown[] = [];
  for (const explainer of explainers) {
    try {
      const explained = explainer.explain(situation);
      causes.push(...finishCauses(explainer, explained.causes, situation.findings));
      questions.push(...explained.unknowns);
    } catch (error) {
      failures.push(failureOf(explainer, error));
    }
  }
  const ranked = rankCauses(oneStory(causes), situation.findings);
  const unreadable = situation.facts.unreadable.map(({ what, why, fix }) => ({ what, why, next: fix }));
  return {
    causes: ranked,
    unknowns: distinct([...(isSettled(ranked, situation) ? [] : questions), ...failures, ...unreadable]),
    policySuspects: mergeSuspects(situation),
    names: namesOf(findings, groups, situation),
  };
}

function failureOf({ id }: Explainer, error: unknown): Unknown {
  return {
    what: `cause ${id}`,
    why: `its explainer failed: ${wordsOf(error)}`,
    next: `kubectl netdebug explain ${id}`,
  };
}

/** Whether each finding has a cause that is certain: then no question is open that another answer could decide. */
function isSettled(causes: readonly Cause[], { findings }: Situation): boolean {
  const certain = new Set(
    causes.flatMap(({ confidence, findingIndexes }) => (confidence === 'certain' ? findingIndexes : [])),
  );
  return (
    certain.size > 0 &&
    findings.every(({ index, finding }) => finding.severity === 'info' || certain.has(index))
  );
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function withoutFacts(findings: readonly Finding[]): Explanation {
  const why = 'the capture was analysed without a cluster';
  const unknowns =
    findings.length === 0
      ? []
      : [{ what: 'cluster facts', why, next: 'kubectl netdebug trace pod/NAME -n NAMESPACE' }];
  return { causes: [], unknowns, policySuspects: [], names: {} };
}

function distinct(unknowns: readonly Unknown[]): Unknown[] {
  return [...new Map(unknowns.map((unknown) => [`${unknown.what}\n${unknown.why}`, unknown])).values()];
}

/** The same policy behind several findings is one suspect. */
function mergeSuspects({ findings }: Situation): PolicySuspect[] {
  const byText = Map.groupBy(
    findings.flatMap(({ suspects }) => suspects),
    ({ text }) => text,
  );
  return [...byText].map(([text, list]) => ({
    text,
    next: list[0]?.next ?? '',
    findingIndexes: list.flatMap(({ findingIndexes }) => findingIndexes),
  }));
}

function namesOf(
  findings: readonly Finding[],
  groups: readonly ConversationGroup[],
  { directory }: Situation,
): Readonly<Record<string, string>> {
  const servers = findings
    .flatMap(({ server, details }) => [server, ...(details.answeredBy ?? []), ...(details.servers ?? [])])
    .map((server) => splitServer(server).address);
  const clients = findings.flatMap(({ client, details }) => [client, details.icmp?.sender ?? '']);
  const addresses = new Set([
    ...servers,
    ...clients,
    ...groups.flatMap(({ client, serverAddress }) => [client, serverAddress]),
  ]);
  const entries = [...addresses]
    .filter((address) => addressKey(address) !== '')
    .map((address): [string, string] => [address, directory.nameOf(address)]);
  return Object.fromEntries(entries.filter(([, name]) => name !== ''));
}
