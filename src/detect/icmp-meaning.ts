/** Names of "destination unreachable" codes: RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1 and RFC 4443 §3.1. */
const UNREACHABLE_V4: readonly string[] = [
  'network unreachable',
  'host unreachable',
  'protocol unreachable',
  'port unreachable',
  'fragmentation needed',
  'source route failed',
  'network unknown',
  'host unknown',
  'source host isolated',
  'network prohibited',
  'host prohibited',
  'network unreachable for this type of service',
  'host unreachable for this type of service',
  'communication prohibited',
  'host precedence violation',
  'precedence cut-off',
];
const UNREACHABLE_V6: readonly string[] = [
  'no route',
  'communication prohibited',
  'beyond scope of source address',
  'address unreachable',
  'port unreachable',
  'source address failed policy',
  'route rejected',
];

/** The field's name of an ICMP error; `sender` tells IPv4 from IPv6. */
export function icmpMeaning(sender: string, type: number, code: number): string {
  const names = sender.includes(':') ? UNREACHABLE_V6 : UNREACHABLE_V4;
  return names[code] ?? `type ${type}, code ${code}`;
}

/** Takes apart "sender type code", the form in which the tables count ICMP errors. */
export function parseIcmpKey(key: string): { sender: string; type: number; code: number; meaning: string } {
  const [sender = '', type = '0', code = '0'] = key.split(' ');
  return {
    sender,
    type: Number(type),
    code: Number(code),
    meaning: icmpMeaning(sender, Number(type), Number(code)),
  };
}
