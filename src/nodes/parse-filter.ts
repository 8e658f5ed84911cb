import type { CounterFacts, FilterRuleFacts } from '../cluster/node-network-facts.ts';
import type { NodeParts } from './node-parts.ts';
import { counter, naturalNumber } from './parse-counters.ts';

/** Rules that are taken over of one node, and characters of one. */
const MAX_RULES = 300;
const MAX_RULE_LENGTH = 400;
/** Chains of kube-proxy and of network plugins: what they drop follows from objects of the cluster. */
const OF_THE_CLUSTER = /^(KUBE-|cali-|CILIUM_|ANTREA|WEAVE-|CNI-)/;
const BUILT_IN: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);
/** Tables of nft that programs of the cluster keep, and those that iptables shows as its own. */
const TABLES_OF_THE_CLUSTER =
  /^(ip6? (kube-proxy|raw|mangle|filter|nat|security)|\S+ (cilium|calico|antrea)\S*)$/;

type Rule = Omit<FilterRuleFacts, 'packets'> & { readonly met: number | null };

/** Rules of others that drop or reject, as both readings have them; null if no tool could list them. */
export function parseFilter(parts: NodeParts): FilterRuleFacts[] | null {
  const [before, after] = ['first', 'last'].map((when) => reading(parts, when));
  if (after === undefined || after === null) return null;
  const earlier = new Map((before ?? []).map((rule) => [keyOf(rule), rule.met]));
  return after.slice(0, MAX_RULES).map((rule): FilterRuleFacts => {
    const { met, ...facts } = rule;
    const packets: CounterFacts | null =
      met === null ? null : counter(earlier.get(keyOf(rule)) ?? undefined, met);
    return { ...facts, packets };
  });
}

/** Whether tables of the older iptables exist that no tool of the image could list. */
export function hasUnlistedTables(parts: NodeParts): boolean {
  const tables = parts.lines('legacy last') ?? [];
  return tables.length > 0 && parts.lines('filter last iptables-legacy-save') === null;
}

function keyOf({ tool, family, table, chain, text, verdict }: Rule): string {
  return [tool, family, table, chain, verdict, text].join('\n');
}

function reading(parts: NodeParts, when: string): Rule[] | null {
  const saved = parts.below(`filter ${when}`);
  const nft = parts.lines(`nft ${when}`);
  if (saved.length === 0 && nft === null) return null;
  return [...saved.flatMap(({ name, lines }) => ofIptables(name, lines)), ...ofNft(nft ?? [])];
}

/** iptables-save -c: "*filter", ":FORWARD DROP [12:720]", "[3:180] -A FORWARD -p tcp … -j DROP". */
function ofIptables(program: string, lines: readonly string[]): Rule[] {
  const tool = program.includes('legacy') ? 'iptables-legacy' : 'iptables';
  const family = program.startsWith('ip6') ? 'ip6' : 'ip';
  let table = '';
  return lines.flatMap((line): Rule[] => {
    if (line.startsWith('*')) table = line.slice(1).trim();
    const policy = /^:([A-Z]+) DROP \[(\d+):/.exec(line);
    const rule = /^\[(\d+):\d+\] -A (\S+) (?:(.*) )?-j (DROP|REJECT)\b/.exec(line);
    const [, chain = '', met] = policy ?? [rule?.[0], rule?.[2], rule?.[1]];
    if (chain === '' || OF_THE_CLUSTER.test(chain)) return [];
    const verdict = rule?.[4] === 'REJECT' ? 'reject' : 'drop';
    const text = (rule?.[3] ?? '').slice(0, MAX_RULE_LENGTH);
    const hook = BUILT_IN.has(chain) ? chain.toLowerCase() : '';
    return [{ tool, family, table, chain, hook, verdict, text, met: naturalNumber(met) }];
  });
}

/** Tables, chains, their hooks, and rules with a verdict, of `nft list ruleset`. */
function ofNft(lines: readonly string[]): Rule[] {
  const rules: Rule[] = [];
  let table = '';
  let chain = '';
  let hook = '';
  for (const line of lines.map((one) => one.trim())) {
    const header = /^(table|chain) (.+) \{$/.exec(line);
    if (header?.[1] === 'table') table = header[2] ?? '';
    if (header?.[1] === 'chain') [chain, hook] = [header[2] ?? '', ''];
    if (header !== null || TABLES_OF_THE_CLUSTER.test(table)) continue;
    const [word = '', ...names] = table.split(' ');
    const family = word === 'ip' || word === 'ip6' ? word : 'inet';
    const own = { tool: 'nft', family, table: names.join(' '), chain } as const;
    const type = /^type filter hook (\w+) .*?(?:policy (\w+);)?$/.exec(line);
    if (type !== null) {
      hook = type[1] ?? '';
      if (type[2] === 'drop') rules.push({ ...own, hook, verdict: 'drop', text: '', met: null });
      continue;
    }
    const rule = /^(.*?)(?:counter packets (\d+) bytes \d+ )?(drop|reject)\b[^;]*$/.exec(line);
    if (rule === null || /\bvmap\b/.test(line)) continue;
    const [, conditions = '', met, verdict] = rule;
    const text = conditions.trim().slice(0, MAX_RULE_LENGTH);
    rules.push({
      ...own,
      hook,
      verdict: verdict === 'reject' ? 'reject' : 'drop',
      text,
      met: met === undefined ? null : naturalNumber(met),
    });
  }
  return rules;
}
