import { addressKey } from '../cluster/address.ts';
import type { DnsConfigFacts, DnsPluginFacts, ServerBlockFacts } from '../cluster/dns-server-facts.ts';

/**
 * What CoreDNS does with a question about a name, by its configuration alone:
 * - `no-block`: no server block has a zone for it: REFUSED.
 * - `nobody`: the block has no plugin that answers: SERVFAIL.
 * - `template`: a template for all names of its zone that gives an rcode and no answer.
 * - `hosts-miss`: the hosts plugin does not know it and passes nothing on (no fallthrough): SERVFAIL.
 * - `kubernetes`: the cluster's own names: NXDOMAIN for those that do not exist.
 * - `forward`: another server is asked.
 * - `unknown`: a plugin that is not judged may answer it, or change it.
 */
export type NameWay =
  | { readonly kind: 'no-block' }
  | { readonly kind: 'nobody'; readonly block: ServerBlockFacts }
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'template' | 'hosts-miss' | 'kubernetes' | 'forward';
      readonly block: ServerBlockFacts;
      readonly plugin: DnsPluginFacts;
    };

/** Plugins that answer nothing by themselves (CoreDNS manual, "Plugins"). */
const SILENT: ReadonlySet<string> = new Set([
  'acl',
  'any',
  'bind',
  'bufsize',
  'cache',
  'cancel',
  'chaos',
  'debug',
  'dns64',
  'dnssec',
  'dnstap',
  'errors',
  'health',
  'local',
  'log',
  'loadbalance',
  'loop',
  'metadata',
  'minimal',
  'multisocket',
  'nsid',
  'pprof',
  'prometheus',
  'ready',
  'reload',
  'root',
  'timeouts',
  'tls',
  'trace',
  'transfer',
]);
/** The order in which those run that are judged here, whatever the order in the file (CoreDNS, plugin.cfg). */
const ORDER = ['rewrite', 'autopath', 'template', 'hosts', 'kubernetes', 'forward'];

/** The way of an address question (A, AAAA) about a name. */
export function wayOf({ blocks }: Pick<DnsConfigFacts, 'blocks'>, asked: string): NameWay {
  const name = asked.toLowerCase().replace(/\.$/, '');
  const block = blockFor(blocks, name);
  if (block === null) return { kind: 'no-block' };
  const plugins = block.plugins.filter(({ name: plugin }) => !SILENT.has(plugin));
  const ranks = plugins.map((plugin) => ORDER.indexOf(plugin.name));
  if (ranks.includes(-1)) return { kind: 'unknown' };
  const inOrder = plugins.toSorted((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name));
  for (const plugin of inOrder) {
    const kind = stepOf(plugin, block, name);
    if (kind === 'next') continue;
    return kind === 'unknown' ? { kind } : { kind, block, plugin };
  }
  return { kind: 'nobody', block };
}

/** The block with the longest zone that the name is in; of several the first. */
function blockFor(blocks: readonly ServerBlockFacts[], name: string): ServerBlockFacts | null {
  let best: ServerBlockFacts | null = null;
  let longest = -1;
  for (const block of blocks) {
    if (block.port !== 53) continue;
    for (const zone of block.zones) {
      if (!isIn(name, zone) || labelsOf(zone) <= longest) continue;
      best = block;
      longest = labelsOf(zone);
    }
  }
  return best;
}

type Step = 'next' | 'unknown' | 'template' | 'hosts-miss' | 'kubernetes' | 'forward';

function stepOf(plugin: DnsPluginFacts, block: ServerBlockFacts, name: string): Step {
  switch (plugin.name) {
    case 'template':
      return templateStep(plugin, block, name);
    case 'hosts':
      return hostsStep(plugin, block, name);
    case 'kubernetes':
      if (!zonesOf(plugin.arguments, block).some((zone) => isIn(name, zone))) return 'next';
      return passesOn(plugin, name) ? 'unknown' : 'kubernetes';
    case 'forward': {
      const [from = '.'] = plugin.arguments;
      const isExcepted = plugin.options.some(
        ([word, ...zones]) => word === 'except' && zones.some((zone) => isIn(name, plain(zone))),
      );
      return isIn(name, plain(from)) && !isExcepted ? 'forward' : 'next';
    }
    // A rewrite rule that cannot be about the name is passed by; any other may have made another name of it.
    case 'rewrite':
      return isAboutOtherName(plugin, name) ? 'next' : 'unknown';
    case 'autopath':
      return 'next';
    default:
      return 'unknown';
  }
}

/** "template CLASS TYPE [ZONE…]"; with an expression to match it depends on the name, which is not tried here. */
function templateStep(plugin: DnsPluginFacts, block: ServerBlockFacts, name: string): Step {
  const [, type = 'ANY', ...zones] = plugin.arguments;
  const isAsked = ['ANY', 'A', 'AAAA'].includes(type.toUpperCase());
  if (!isAsked || !zonesOf(zones, block).some((zone) => isIn(name, zone))) return 'next';
  const words = plugin.options.map(([word = '']) => word);
  const isSimple = !words.some((word) => ['match', 'answer', 'fallthrough'].includes(word));
  return isSimple && words.includes('rcode') && type.toUpperCase() === 'ANY' ? 'template' : 'unknown';
}

/** "hosts [FILE [ZONE…]] { ADDRESS NAME…; fallthrough [ZONE…] }"; a file's names are not known. */
function hostsStep(plugin: DnsPluginFacts, block: ServerBlockFacts, name: string): Step {
  const [file, ...zones] = plugin.arguments;
  if (!zonesOf(zones, block).some((zone) => isIn(name, zone))) return 'next';
  const entries = plugin.options.filter(([word = '']) => addressKey(word) !== '');
  if (entries.some((words) => words.slice(1).some((own) => plain(own) === name))) return 'unknown';
  if (file !== undefined) return 'unknown';
  return passesOn(plugin, name) ? 'next' : 'hosts-miss';
}

function passesOn({ options }: DnsPluginFacts, name: string): boolean {
  return options.some(
    ([word, ...zones]) =>
      word === 'fallthrough' && (zones.length === 0 || zones.some((zone) => isIn(name, plain(zone)))),
  );
}

/** "rewrite [continue|stop] name [exact] FROM TO" and "… suffix FROM TO"; other kinds are not judged. */
function isAboutOtherName({ arguments: words }: DnsPluginFacts, name: string): boolean {
  const rest = words.filter((word) => word !== 'continue' && word !== 'stop');
  if (rest[0] !== 'name') return ['class', 'edns0', 'ttl'].includes(rest[0] ?? '');
  const [kind = '', from = ''] = rest.slice(1);
  if (kind === 'exact') return plain(from) !== name;
  if (kind === 'suffix') return !name.endsWith(plain(from));
  if (kind === 'prefix') return !name.startsWith(plain(from));
  return !['regex', 'substring'].includes(kind) && plain(kind) !== name;
}

function zonesOf(zones: readonly string[], block: ServerBlockFacts): readonly string[] {
  return zones.length > 0 ? zones.map(plain) : block.zones;
}

function plain(zone: string): string {
  return zone.toLowerCase().replace(/\.$/, '');
}

/** Whether a name is in a zone; '' is the root. */
export function isIn(name: string, zone: string): boolean {
  return zone === '' || name === zone || name.endsWith(`.${zone}`);
}

function labelsOf(zone: string): number {
  return zone === '' ? 0 : zone.split('.').length;
}

/** The zones that a kubernetes plugin of the configuration serves, reverse zones left out. */
export function kubernetesZones({ blocks }: Pick<DnsConfigFacts, 'blocks'>): string[] {
  const zones = blocks.flatMap((block) =>
    block.plugins
      .filter(({ name }) => name === 'kubernetes')
      .flatMap((plugin) => zonesOf(plugin.arguments, block)),
  );
  return [...new Set(zones)].filter((zone) => !zone.endsWith('.arpa'));
}

/** Where a forward plugin sends to: "192.0.2.1:53"; a file such as /etc/resolv.conf as it is written. */
export function forwardTargets({ arguments: words }: DnsPluginFacts): string[] {
  return words.slice(1).map((target) => {
    const [, scheme = '', rest = target] = /^(?:(dns|tls):\/\/)?(.*)$/.exec(target) ?? [];
    const usual = scheme === 'tls' ? 853 : 53;
    if (addressKey(rest) === '') return rest;
    return rest.includes(':') ? `[${rest.replaceAll(/[[\]]/g, '')}]:${usual}` : `${rest}:${usual}`;
  });
}
