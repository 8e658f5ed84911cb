import type { Finding, FindingId } from '../detect/finding.ts';
import { amount, milliseconds, share, thousands } from './amounts.ts';
import type { Naming } from './naming.ts';

/** A finding in a few words for a table cell, made from what was counted: "12 of 12 connections, 48 SYN, 0 back"; may be empty. */
export function seenInShort(finding: Finding, naming: Naming): string {
  return [tally(finding), ...circumstances(finding, naming)].filter((part) => part !== '').join(', ');
}

/** "12 of 12 connections"; "" for findings about names or about the capture itself. */
function tally(finding: Finding): string {
  const [one, many] = noun(finding);
  const { attempts, walks } = finding.details;
  if (walks !== undefined || one === '') return '';
  const { arrived } = finding.details;
  if (arrived !== undefined)
    return `${share(finding.count, finding.count + arrived, one, many)} never arrived`;
  return attempts === undefined
    ? amount(finding.count, one, many)
    : share(finding.count, attempts, one, many);
}

function circumstances(finding: Finding, naming: Naming): string[] {
  const { details } = finding;
  return [
    details.synSegments === undefined || details.missingAt !== undefined
      ? ''
      : `${thousands(details.synSegments)} SYN, 0 back`,
    details.icmp === undefined ? '' : `ICMP ${details.icmp.meaning}`,
    details.answeredBy === undefined
      ? ''
      : `answered by ${firstOf(details.answeredBy.map((server) => naming.endpoint(server)))}`,
    walkShare(finding),
    details.names === undefined || details.icmp !== undefined ? '' : firstOf(details.names),
    details.addedMs === undefined ? '' : `+${milliseconds(details.addedMs)} per lookup`,
    details.servers === undefined || details.servers.length === 0
      ? ''
      : `and ${amount(details.servers.length, 'more server')}`,
    details.offsetBytes === undefined ? '' : `at byte ${thousands(details.offsetBytes)}`,
  ];
}

/** "96 of 120 queries end in NXDOMAIN". */
function walkShare(finding: Finding): string {
  const { walks } = finding.details;
  if (walks === undefined || walks.length === 0) return '';
  const queries = walks.reduce((sum, walk) => sum + walk.queries, 0);
  const nxdomain = walks.reduce((sum, walk) => sum + walk.nxdomain, 0);
  return `${share(nxdomain, queries, 'query', 'queries')} ${queries === 1 ? 'ends' : 'end'} in NXDOMAIN`;
}

/** What is counted where the protocol alone does not say it. */
const NOUNS: Partial<Record<FindingId, readonly [one: string, many: string]>> = {
  'dns-late-reply': ['answer', 'answers'],
  'duplicate-address': ['claim', 'claims'],
  'icmp-unreachable': ['error', 'errors'],
  'lost-between': ['packet', 'packets'],
  'nd-no-answer': ['request', 'requests'],
  'overlay-damaged': ['packet', 'packets'],
  'overlay-one-way': ['packet', 'packets'],
  'path-mtu-discovery': ['packet', 'packets'],
  'ttl-exceeded': ['error', 'errors'],
  'udp-no-answer': ['datagram', 'datagrams'],
};

function noun(finding: Finding): readonly [one: string, many: string] {
  const special = NOUNS[finding.id];
  if (special !== undefined) return special;
  if (finding.id.startsWith('dns-')) return ['query', 'queries'];
  if (finding.id === 'tcp-loss' || finding.id === 'tcp-reordering') return ['segment', 'segments'];
  if (finding.id.startsWith('http-') || finding.id === 'probe-failing') return ['request', 'requests'];
  if (finding.protocol === 'TCP') return ['connection', 'connections'];
  if (finding.protocol === 'ARP') return ['request', 'requests'];
  return finding.server === '' ? ['', ''] : ['exchange', 'exchanges'];
}

/** "a", or "a and 2 more". */
function firstOf(items: readonly string[]): string {
  const [first = '', ...rest] = items;
  return rest.length === 0 ? first : `${first} and ${rest.length} more`;
}
