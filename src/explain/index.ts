import { addressKey, splitServer } from '../cluster/address.ts';
import type { Facts } from '../cluster/facts.ts';
import type { ConversationGroup } from '../conversations/conversation.ts';
import type { Finding } from '../detect/finding.ts';
import { corednsDown } from './coredns-down.ts';
import { dnsNameMisspelt } from './dns-name-misspelt.ts';
import { endpointsNotReady } from './endpoints-not-ready.ts';
import type { Explained, Explainer, Situation } from './explainer.ts';
import type { Enforcer } from './enforcer.ts';
import type { Cause, Explanation, PolicySuspect, Unknown } from './explanation.ts';
import { localTrafficPolicyWithoutEndpoint } from './local-traffic-policy-without-endpoint.ts';
import { networkpolicyDenies } from './networkpolicy-denies.ts';
import { nodeBridgeNfOff } from './node-bridge-nf-off.ts';
import { nodeIpForwardOff } from './node-ip-forward-off.ts';
import { plainData } from './plain.ts';
import { policyBlocksDns } from './policy-blocks-dns.ts';
import { finishCauses, rankCauses } from './rank.ts';
import { serviceSelectorMismatch } from './service-selector-mismatch.ts';
import { serviceWithoutEndpoints } from './service-without-endpoints.ts';
import { openSituation } from './situation.ts';
import { staleEndpoint } from './stale-endpoint.ts';
import { targetPortMismatch } from './target-port-mismatch.ts';

/**
 * The causes that can be found, sorted by id. A new one is a file named after its id, a line here, its id in
 * explanation.ts and its place in rank.ts.
 */
export const explainers: readonly Explainer[] = [
  corednsDown,
  dnsNameMisspelt,
  endpointsNotReady,
  localTrafficPolicyWithoutEndpoint,
  networkpolicyDenies,
  nodeBridgeNfOff,
  nodeIpForwardOff,
  policyBlocksDns,
  serviceSelectorMismatch,
  serviceWithoutEndpoints,
  staleEndpoint,
  targetPortMismatch,
];

export interface ExplainOptions {
  /** Image for printed `kubectl debug node/…` commands. */
  readonly image?: string;
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
  /** What enforces policies, where it is not to be recognised by the facts. */
  readonly enforcer?: Enforcer | undefined;
    situation = openSituation(findings, groups, plainData(facts), options.image, options.enforcer);
  } catch (error) {
    return {
      ...withoutFacts([]),
      unknowns: [{ what: 'cluster facts', why: `they could not be used: ${wordsOf(error)}`, next: '' }],
    };
  }
  const causes: Cause[] = [];
  const unknowns: Unknown[] = [];
  for (const explainer of explainers) {
    const explained = run(explainer, situation);
    causes.push(...finishCauses(explainer, explained.causes, situation.findings));
    unknowns.push(...explained.unknowns);
  }
  unknowns.push(...situation.facts.unreadable.map(({ what, why, fix }) => ({ what, why, next: fix })));
  return {
    causes: rankCauses(causes, situation.findings),
    unknowns: distinct(unknowns),
    policySuspects: mergeSuspects(situation),
    names: namesOf(findings, groups, situation),
  };
}

function run(explainer: Explainer, situation: Situation): Explained {
  try {
    return explainer.explain(situation);
  } catch (error) {
    return {
      causes: [],
      unknowns: [
        {
          what: `cause ${explainer.id}`,
          why: `its explainer failed: ${wordsOf(error)}`,
          next: `kubectl netdebug explain ${explainer.id}`,
        },
      ],
    };
  }
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
