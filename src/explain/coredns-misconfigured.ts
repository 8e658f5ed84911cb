import type { DnsConfigFacts } from '../cluster/dns-server-facts.ts';
import { askedService, clusterDomain } from './asked-service.ts';
import { asksClusterDns, editCommand, logCommand, mayRunOlder } from './dns-questions.ts';
import { forwardsToItself, noBlockFor, refusedStart, servesAnotherZone, swallowedBy } from './dns-faults.ts';
import type { ConfigFault } from './dns-faults.ts';
import { listed, packets } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence, Unknown } from './explanation.ts';
import { plainData } from './plain.ts';
import { readAt } from './unserved.ts';

/** Names of one finding that are looked at. */
const MAX_NAMES = 16;
const SYMPTOMS: ReadonlySet<string> = new Set([
  'dns-servfail',
  'dns-refused',
  'dns-nxdomain',
  'dns-no-answer',
  'dns-port-unreachable',
]);

/** The DNS server does what its configuration says, and that is not what the cluster needs. */
export const corednsMisconfigured: Explainer = {
  id: 'coredns-misconfigured',
  doc: {
    title: 'The cluster’s DNS is configured wrongly',
    meaning:
      'The Corefile of CoreDNS says to fail these names: its kubernetes plugin serves another domain than the one that pods search in, no server block has their zone, a hosts or template plugin stands before the plugin that knows them, it forwards to itself, or it does not parse, so that the server does not start.',
    recognition:
      'The Corefile, read as CoreDNS runs it (the block with the longest zone, plugins in their fixed order), leads the very names that failed to the very answer that was captured. What the server said when it ended or refused to start is quoted from the DNS pods’ log.',
    caveats:
      'The pods may still run an older configuration, if it was changed just now or they do not reload it; and imported files are not seen: then it is only likely. Plugins that are not judged (file, etcd, route53 …) are taken for able to answer.',
    fix: 'Correct the line that is named in the ConfigMap; with the plugin reload it is taken up within two minutes, otherwise restart the DNS pods.',
  },
  explain(situation: Situation): Explained {
    const concerned = situation.findings.filter(
      (placed) => SYMPTOMS.has(placed.finding.id) && asksClusterDns(placed, situation),
    );
    const config = situation.facts.dnsServer?.config ?? null;
    const found = concerned.flatMap((placed) => faultsOf(placed, config, situation));
    const byText = Map.groupBy(found, ({ fault }) => fault.text);
    return {
      causes: [...byText.values()].map((same) => cause(same, config, situation)),
      unknowns: found.length > 0 ? [] : unknowns(concerned, config, situation),
    };
  },
};

interface Found {
  readonly placed: PlacedFinding;
  readonly fault: ConfigFault;
}

function faultsOf(placed: PlacedFinding, config: DnsConfigFacts | null, situation: Situation): Found[] {
  const { finding } = placed;
  const names = plainData(finding.details.names ?? []).slice(0, MAX_NAMES);
  const faults: (ConfigFault | null)[] = [refusedStart(placed, situation)];
  if (config !== null) {
    if (finding.id === 'dns-refused') faults.push(noBlockFor(config, names));
    if (finding.id === 'dns-servfail' || finding.id === 'dns-no-answer')
      faults.push(forwardsToItself(config, names, situation));
    if (finding.id === 'dns-servfail') faults.push(swallowedBy(config, names, 'SERVFAIL'));
    if (finding.id === 'dns-nxdomain') faults.push(missingName(placed, config, situation));
  }
  return faults.flatMap((fault) => (fault === null ? [] : [{ placed, fault }]));
}

/** A name that does not exist: that of a Service which does, or one outside the cluster. */
function missingName(
  { client, finding }: PlacedFinding,
  config: DnsConfigFacts,
  { facts }: Situation,
): ConfigFault | null {
  const walk = plainData(finding.details.walks?.[0]);
  if (walk === undefined) return null;
  const asked = askedService(walk, client?.namespace ?? '', facts);
  if (asked === null) return swallowedBy(config, [walk.name], 'NXDOMAIN');
  const exists = facts.services?.some(
    ({ namespace, name }) => namespace === asked.namespace && name === asked.service,
  );
  if (exists !== true) return null;
  const domain = clusterDomain(facts);
  return servesAnotherZone(config, `${asked.service}.${asked.namespace}.svc.${domain}`, domain);
}

function cause(found: readonly Found[], config: DnsConfigFacts | null, situation: Situation): DraftCause {
  const { fault } = found[0] as Found;
  const isOlder = config !== null && !fault.isProven && mayRunOlder(config, situation);
  const doubts = [
    ...(isOlder ? [`the pods may run an older configuration: ${readAt(situation)}`] : []),
    ...(config?.whole === false && !fault.isProven ? [`${config.configMap} imports what was not read`] : []),
  ];
  const confidence: CauseConfidence =
    doubts.length > 0 && fault.confidence === 'certain' ? 'likely' : fault.confidence;
  return {
    confidence,
    findingIndexes: found.map(({ placed }) => placed.index),
    text: fault.text,
    evidence: [...found.map(({ placed }) => packets(placed)), ...fault.evidence, ...doubts],
    fix: [fault.fix, config === null ? logCommand(situation) : editCommand(config)].join('\n'),
    next: logCommand(situation),
  };
}

/** An answer that the configuration would have explained, had it been read. */
function unknowns(
  concerned: readonly PlacedFinding[],
  config: DnsConfigFacts | null,
  { facts }: Situation,
): Unknown[] {
  const answers = concerned.filter(
    ({ finding }) => finding.id === 'dns-servfail' || finding.id === 'dns-refused',
  );
  if (answers.length === 0 || config !== null || facts.dnsServer === undefined) return [];
  const names = [...new Set(answers.flatMap(({ finding }) => plainData(finding.details.names ?? [])))];
  return [
    {
      what: 'whether the DNS server is configured to fail these names',
      why: `its configuration could not be read (${listed(names)})`,
      next: 'kubectl get configmap coredns -n kube-system -o yaml',
    },
  ];
}
