import type { DnsConfigFacts } from '../cluster/dns-server-facts.ts';
import { isItself, lineText } from './dns-questions.ts';
import { listed } from './evidence.ts';
import type { PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { forwardTargets, isIn, kubernetesZones, wayOf, type NameWay } from './name-way.ts';

/** A line of the DNS server's configuration, or the lack of one, that makes names fail. */
export interface ConfigFault {
  readonly text: string;
  readonly evidence: readonly string[];
  readonly fix: string;
  readonly confidence: CauseConfidence;
  /** The running server itself said so, so that the age of the configuration does not matter. */
  readonly isProven: boolean;
}

/** No server block has a zone for the names: CoreDNS refuses them. */
export function noBlockFor(config: DnsConfigFacts, names: readonly string[]): ConfigFault | null {
  const lost = names.filter((name) => wayOf(config, name).kind === 'no-block');
  if (lost.length === 0 || lost.length < names.length) return null;
  const zones = config.blocks.flatMap((block) => block.zones.map(zoneText));
  return {
    text: `The DNS server refuses ${listed(lost)}: its configuration has no server block for ${lost.length === 1 ? 'that name' : 'those names'}`,
    evidence: [`ConfigMap ${config.configMap}: its blocks are for ${listed(zones)}`],
    fix: 'add a block for them, such as ".:53 { forward . /etc/resolv.conf }", in:',
    confidence: 'certain',
    isProven: false,
  };
}

/** A plugin that stands before the one that knows the names answers them with this code. */
export function swallowedBy(
  config: DnsConfigFacts,
  names: readonly string[],
  code: 'SERVFAIL' | 'NXDOMAIN',
): ConfigFault | null {
  const ways = names.map((name) => wayOf(config, name));
  const first = ways.find((way) => codeOf(way) === code);
  const hit = names.filter((_, at) => codeOf(ways[at] as NameWay) === code);
  if (first === undefined || hit.length < names.length) return null;
  return {
    text: `The DNS server answers ${code} to ${listed(hit)} because its configuration says so: ${reason(first)}`,
    evidence: [lineOf(config, first)],
    fix: fixOf(first),
    confidence: 'certain',
    isProven: false,
  };
}

function codeOf(way: NameWay): string {
  if (way.kind === 'hosts-miss' || way.kind === 'nobody') return 'SERVFAIL';
  if (way.kind !== 'template') return '';
  return way.plugin.options.find(([word]) => word === 'rcode')?.[1]?.toUpperCase() ?? '';
}

function reason(way: NameWay): string {
  if (way.kind === 'hosts-miss')
    return 'a hosts plugin without fallthrough answers for all names, also those that it does not have';
  if (way.kind === 'template') return 'a template answers for all names of its zone';
  return 'no plugin of its server block answers them';
}

function lineOf(config: DnsConfigFacts, way: NameWay): string {
  if (way.kind === 'hosts-miss' || way.kind === 'template')
    return lineText(config, way.plugin.line, [way.plugin.name, ...way.plugin.arguments, '{ … }']);
  if (way.kind !== 'nobody') return `ConfigMap ${config.configMap}`;
  const plugins = way.block.plugins.map(({ name }) => name);
  return lineText(config, way.block.line, [
    `the block for ${listed(way.block.zones.map(zoneText))} has`,
    listed(plugins),
  ]);
}

function fixOf(way: NameWay): string {
  if (way.kind === 'hosts-miss') return 'add the line "fallthrough" to the hosts plugin in:';
  if (way.kind === 'template') return 'take the template away, or narrow its zone, in:';
  return 'add a plugin that answers them, such as "forward . /etc/resolv.conf", to the block in:';
}

/** The names of a Service do not reach a kubernetes plugin, or one of another domain. */
export function servesAnotherZone(config: DnsConfigFacts, name: string, domain: string): ConfigFault | null {
  const way = wayOf(config, name);
  if (way.kind === 'kubernetes' || way.kind === 'unknown') return null;
  const zones = kubernetesZones(config);
  const isServed = zones.some((zone) => isIn(domain, zone));
  const text = isServed
    ? `The DNS server does not know ${name}, a Service that exists: its configuration answers it elsewhere`
    : zones.length === 0
      ? 'The DNS server does not know the cluster’s Services: its configuration has no kubernetes plugin'
      : `The DNS server knows the cluster’s Services under ${listed(zones.map(zoneText))}; pods search for them in ${domain}`;
  const lines = config.blocks.flatMap((block) =>
    block.plugins
      .filter((plugin) => plugin.name === 'kubernetes')
      .map((plugin) => lineText(config, plugin.line, ['kubernetes', ...plugin.arguments])),
  );
  return {
    text,
    evidence: [
      `Service ${name.split('.').slice(0, 2).toReversed().join('/')} exists`,
      ...lines.slice(0, 3),
      ...(way.kind === 'no-block' || way.kind === 'nobody'
        ? []
        : [lineText(config, way.plugin.line, [way.plugin.name, ...way.plugin.arguments])]),
    ],
    fix: `write "kubernetes ${domain} in-addr.arpa ip6.arpa" in the block that is for ${domain}, in:`,
    confidence: 'certain',
    isProven: false,
  };
}

/** The names are forwarded to the DNS Service itself, to its own pods or to their loopback. */
export function forwardsToItself(
  config: DnsConfigFacts,
  names: readonly string[],
  situation: Situation,
): ConfigFault | null {
  for (const name of names) {
    const way = wayOf(config, name);
    if (way.kind !== 'forward') continue;
    const targets = forwardTargets(way.plugin);
    const own = targets.filter((target) => isItself(target, situation));
    if (own.length === 0) continue;
    return {
      text: `The DNS server forwards names outside the cluster to itself (${listed(own)}), so that they go round until nobody answers`,
      evidence: [lineText(config, way.plugin.line, ['forward', ...way.plugin.arguments])],
      fix: 'name the address of a DNS server outside the cluster in that line, in:',
      confidence: own.length === targets.length ? 'certain' : 'possible',
      isProven: false,
    };
  }
  return null;
}

/** The server ended, or does not start, and its log or its configuration says why; and no DNS pod is ready. */
export function refusedStart(placed: PlacedFinding, situation: Situation): ConfigFault | null {
  const { finding } = placed;
  if (finding.id !== 'dns-port-unreachable' && finding.id !== 'dns-no-answer') return null;
  const view = situation.viewOf(placed);
  const server = situation.facts.dnsServer;
  if (view === null || server === undefined || view.usable.length > 0) return null;
  const crashing = view.pods.filter(({ containerProblems }) => containerProblems.length > 0);
  if (crashing.length === 0) return null;
  const said = server.logs?.fatal ?? [];
  const problem = server.config?.problem ?? '';
  if (said.length === 0 && problem === '') return null;
  const isLoop = said.some((words) => /plugin\/loop/.test(words));
  const isSure = said.length > 0 && finding.id === 'dns-port-unreachable';
  return {
    text: isLoop
      ? 'The cluster’s DNS ends itself: it forwards to a server that sends the questions back to it'
      : `The cluster’s DNS does not start with its configuration: ${said[0] ?? problem}`,
    evidence: [
      ...said.map((words) => `log of the DNS pods: ${words}`),
      ...(problem === '' ? [] : [`ConfigMap ${server.config?.configMap ?? ''}, ${problem}`]),
      ...loopLine(isLoop, server.config),
    ],
    fix: isLoop
      ? 'in the forward line name the real upstream servers instead of /etc/resolv.conf (on nodes with systemd-resolved that file names 127.0.0.53; the kubelet’s resolvConf should be /run/systemd/resolve/resolv.conf), in:'
      : 'correct it in:',
    confidence: isSure ? 'certain' : 'likely',
    isProven: said.length > 0,
  };
}

function loopLine(isLoop: boolean, config: DnsConfigFacts | null): string[] {
  if (!isLoop || config === null) return [];
  const lines = config.blocks.flatMap((block) =>
    block.plugins
      .filter(({ name }) => name === 'forward')
      .map((plugin) => lineText(config, plugin.line, ['forward', ...plugin.arguments])),
  );
  return lines.slice(0, 3);
}

function zoneText(zone: string): string {
  return zone === '' ? '"."' : zone;
}
