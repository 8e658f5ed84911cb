/** Words of pcap-filter(7) that filters are written with. */
const WORDS: ReadonlySet<string> = new Set(
  `and or not host net port portrange src dst tcp udp icmp icmp6 ip ip6 arp ether proto vlan less greater len
   broadcast multicast gateway mask inbound outbound tcpflags tcp-syn tcp-ack tcp-fin tcp-rst tcp-push icmptype`.split(
    /\s+/,
  ),
);
const OPERATORS: ReadonlySet<string> = new Set([
  '(',
  ')',
  '!',
  '&&',
  '||',
  '[',
  ']',
  ':',
  '&',
  '|',
  '=',
  '==',
  '!=',
  '<',
  '>',
  '<=',
  '>=',
  '+',
  '-',
  '*',
]);

/**
 * Whether libpcap would plausibly compile a filter: brackets match and every word is one of its
 * language, a number, an address or a port's name behind `port`. No more than a first look; the
 * replay does not apply filters.
 */
export function isFilterPlausible(filter: string): boolean {
  const tokens =
    filter.match(/[()[\]]|&&|\|\||[=!<>]=|[!:&|=<>+*]|[^\s()[\]!:&|=<>+*]+(?::[0-9a-fA-F:.]*)*/g) ?? [];
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token === '(' || token === '[') depth += 1;
    if (token === ')' || token === ']') depth -= 1;
    if (depth < 0 || !isTokenPlausible(token, tokens[index - 1] ?? '')) return false;
  }
  return depth === 0 && !/(?:^|\s)(?:and|or|not|host|port|net|&&|\|\||!)\s*$/.test(filter);
}

function isTokenPlausible(token: string, before: string): boolean {
  if (WORDS.has(token) || OPERATORS.has(token)) return true;
  if (/^(?:0x[0-9a-fA-F]+|\d[\d./-]*|[0-9a-fA-F:.]*:[0-9a-fA-F:./]*)$/.test(token)) return true;
  return ['port', 'host', 'src', 'dst', 'proto', 'net'].includes(before) && /^[a-z][a-z0-9.-]*$/i.test(token);
}
