import { addressKey, cidrContains, isIPv6 } from '../cluster/address.ts';
import type { FilterRuleFacts } from '../cluster/node-network-facts.ts';

/** A packet as a rule sees it; 0 where a port is not known. */
export interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** "TCP", "UDP". */
  readonly protocol: string;
}

/** `maybe`: it has conditions that this cannot judge, and none that says no. */
export type Match = 'yes' | 'no' | 'maybe';

/** Options of iptables that load a match and are no condition. */
const WITHOUT_MEANING: ReadonlySet<string> = new Set(['-m', '--comment']);

/** Whether a rule drops the packet, as far as its own conditions tell; earlier rules may have let it pass. */
export function matchRule(rule: FilterRuleFacts, packet: Packet): Match {
  if (rule.family !== 'inet' && (rule.family === 'ip6') !== isIPv6(packet.source)) return 'no';
  const judged =
    rule.tool === 'nft' ? nftConditions(rule.text, packet) : iptablesConditions(rule.text, packet);
  if (judged.includes(false)) return 'no';
  return judged.includes(null) ? 'maybe' : 'yes';
}

/** true or false for a condition that was judged, null for one that cannot be. */
type Judged = boolean | null;

/** "-s 10.0.0.0/8 ! -d 10.96.0.10/32 -p tcp -m tcp --dport 80:90 -m comment --comment "no web"". */
function iptablesConditions(text: string, packet: Packet): Judged[] {
  const words = text.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  const judged: Judged[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const isNegated = words[at] === '!';
    if (isNegated) at += 1;
    const option = words[at] ?? '';
    if (WITHOUT_MEANING.has(option)) continue;
    const one = iptablesCondition(option, words[at + 1] ?? '', packet);
    judged.push(one === null || !isNegated ? one : !one);
  }
  return judged;
}

function iptablesCondition(option: string, value: string, packet: Packet): Judged {
  switch (option) {
    case '-s':
      return isWithin(packet.source, value);
    case '-d':
      return isWithin(packet.destination, value);
    case '-p':
      return value.toLowerCase() === 'all' || value.toLowerCase() === packet.protocol.toLowerCase();
    case '--dport':
    case '--dports':
      return isPort(packet.destinationPort, value);
    case '--sport':
    case '--sports':
      return isPort(packet.sourcePort, value);
    default:
      return null;
  }
}

/** "ip saddr 10.0.0.0/8 tcp dport { 80, 443 }", "meta l4proto tcp". */
function nftConditions(text: string, packet: Packet): Judged[] {
  const pattern =
    /(?:(ip6? saddr|ip6? daddr|(?:tcp|udp|th) dport|(?:tcp|udp|th) sport|meta l4proto|ip protocol) (!= )?(\{[^}]*\}|\S+))|\S+/g;
  return [...text.matchAll(pattern)].flatMap(([, key, not, value = '']): Judged[] => {
    if (key === undefined) return [null];
    const values = value.replaceAll(/[{}\s]/g, '').split(',');
    const one = nftCondition(key, values, packet);
    return [one === null || not === undefined ? one : !one];
  });
}

function nftCondition(key: string, values: readonly string[], packet: Packet): Judged {
  if (values.some((value) => value.startsWith('@') || value.startsWith('$'))) return null;
  const [head = '', field = ''] = key.split(' ');
  const protocol = packet.protocol.toLowerCase();
  if (field === 'saddr') return values.some((value) => isWithin(packet.source, value));
  if (field === 'daddr') return values.some((value) => isWithin(packet.destination, value));
  if (field === 'l4proto' || field === 'protocol') return values.includes(protocol);
  if (head !== 'th' && head !== protocol) return false;
  const port = field === 'dport' ? packet.destinationPort : packet.sourcePort;
  return isPort(port, values.map((value) => value.replace('-', ':')).join(','));
}

function isWithin(address: string, range: string): boolean {
  return range.includes('/') ? cidrContains(range, address) : addressKey(range) === addressKey(address);
}

/** "80", "80:90", "80,443"; a port that is not known may be any. */
function isPort(port: number, value: string): Judged {
  if (port === 0 || !/^[\d:,]+$/.test(value)) return null;
  return value.split(',').some((part) => {
    const [first = '', last = first] = part.split(':');
    return port >= Number(first) && port <= Number(last);
  });
}
