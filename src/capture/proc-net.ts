import type {
  ListeningSocketFacts,
  PodInterfaceFacts,
  PodRouteFacts,
  TimeWaitFacts,
} from '../cluster/pod-network-facts.ts';

/*
 * Readers for what the kernel prints under /proc/net (proc(5); Documentation/networking/proc_net_tcp.rst) and for
 * `ip -o link` and `ss -Hltnp`. Whatever does not fit is left out: the text comes from a pod.
 */

/** Order of the bytes in the machine's words: addresses under /proc/net are printed as such words. */
export type ByteOrder = 'little' | 'big';

/** Flags of a route (linux/route.h): usable, and not a rejection. */
const RTF_UP = 1;
const RTF_REJECT = 0x200;
const MAX_ROUTES = 64;
const MAX_INTERFACES = 32;

/** Names of counters by which an explanation goes; there are hundreds. */
const COUNTERS: ReadonlySet<string> = new Set([
  'IpInAddrErrors',
  'TcpAttemptFails',
  'TcpEstabResets',
  'TcpOutRsts',
  'TcpRetransSegs',
  'TcpExtIPReversePathFilter',
  'TcpExtListenDrops',
  'TcpExtListenOverflows',
  'TcpExtTCPAbortOnMemory',
  'TcpExtTCPBacklogDrop',
  'TcpExtTCPMemoryPressures',
  'TcpExtTCPRcvQDrop',
  'TcpExtTCPReqQFullDoCookies',
  'TcpExtTCPReqQFullDrop',
  'TcpExtTCPTimeouts',
  'TcpExtTCPTimeWaitOverflow',
  'UdpNoPorts',
  'UdpRcvbufErrors',
]);

/** Sockets without a far end from rows of /proc/net/tcp, tcp6, udp or udp6. */
export function parseSockets(
  text: string,
  protocol: 'TCP' | 'UDP',
  order: ByteOrder,
): ListeningSocketFacts[] {
  const row = /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) 0+:0000 (?:0A|07) [0-9A-F]{8}:([0-9A-F]{8}) /gm;
  return [...text.matchAll(row)].flatMap(([, address = '', port = '', waiting = '']) => {
    const readable = addressOf(address, order);
    if (readable === '') return [];
    const numbers = { port: Number.parseInt(port, 16), waiting: Number.parseInt(waiting, 16) };
    return [{ protocol, address: readable, ...numbers, backlog: null, program: '' }];
  });
}

/** What `ss -Hltnp` adds to sockets: the bound of their queue, and who has them where that is visible. */
export function addBacklogs(sockets: readonly ListeningSocketFacts[], text: string): ListeningSocketFacts[] {
  const rows = new Map<string, { readonly backlog: number; readonly program: string }>();
  for (const line of text.split('\n')) {
    const [, backlog = '', address = '', port = '', rest = ''] =
      /^LISTEN +\d+ +(\d{1,9}) +(\S+):(\d{1,5}) +\S+(.*)$/.exec(line.trim()) ?? [];
    if (backlog === '') continue;
    const program = /users:\(\("([^"]{1,64})"/.exec(rest)?.[1] ?? '';
    // "*" is "::" that takes IPv4 as well; "%eth0" stands behind an address that is bound to an interface.
    const own = address
      .replace(/^\*$/, '::')
      .replace(/^\[(.*)\]/, '$1')
      .replace(/%.*$/, '');
    rows.set(`${own} ${port}`, { backlog: Number(backlog), program });
  }
  return sockets.map((socket) => {
    const mapped = socket.address.replace('::ffff:', '');
    const found = rows.get(`${socket.address} ${socket.port}`) ?? rows.get(`${mapped} ${socket.port}`);
    return socket.protocol === 'UDP' || found === undefined ? socket : { ...socket, ...found };
  });
}

/** Interfaces from `ip -o link`, of iproute2 and of busybox. */
export function parseLinks(text: string): PodInterfaceFacts[] {
  return [...text.matchAll(/^\d+: ([^\s:@]{1,15})(?:@\S+)?: <[^>]*> mtu (\d{1,9}) /gm)]
    .map(([, name = '', mtu = '']) => ({ name, mtuBytes: Number(mtu) }))
    .slice(0, MAX_INTERFACES);
}

/** Usable routes from /proc/net/route and /proc/net/ipv6_route; those of IPv6 to the host itself are left out. */
export function parseRoutes(text: string, order: ByteOrder): PodRouteFacts[] {
  const routes = text.split('\n').flatMap((line): PodRouteFacts[] => {
    const cells = line.trim().split(/\s+/);
    return cells.length === 10 ? routeV6(cells) : cells.length === 11 ? routeV4(cells, order) : [];
  });
  return routes.slice(0, MAX_ROUTES);
}

function routeV4(cells: readonly string[], order: ByteOrder): PodRouteFacts[] {
  const [interfaceName = '', destination = '', gateway = '', flags = '', , , , mask = ''] = cells;
  if (![destination, gateway, mask].every((cell) => /^[0-9A-F]{8}$/.test(cell)) || !isUsable(flags))
    return [];
  const prefix = [...Number.parseInt(mask, 16).toString(2)].filter((bit) => bit === '1').length;
  const via = addressOf(gateway, order);
  return [
    {
      destination: `${addressOf(destination, order)}/${prefix}`,
      gateway: via === '0.0.0.0' ? '' : via,
      interfaceName: interfaceName.slice(0, 15),
    },
  ];
}

function routeV6(cells: readonly string[]): PodRouteFacts[] {
  const [destination = '', prefix = '', , , gateway = '', , , , flags = '', interfaceName = ''] = cells;
  if (![destination, gateway].every((cell) => /^[0-9a-f]{32}$/.test(cell)) || !isUsable(flags)) return [];
  const length = Number.parseInt(prefix, 16);
  if (length === 128 || interfaceName === 'lo') return [];
  const via = wordsV6(gateway);
  return [
    {
      destination: `${wordsV6(destination)}/${length}`,
      gateway: via === '::' ? '' : via,
      interfaceName: interfaceName.slice(0, 15),
    },
  ];
}

function isUsable(flags: string): boolean {
  const bits = Number.parseInt(flags, 16);
  return (bits & RTF_UP) !== 0 && (bits & RTF_REJECT) === 0;
}

/** The counters that explanations use, from /proc/net/snmp and /proc/net/netstat. */
export function parseCounters(text: string): ReadonlyMap<string, number> {
  const counters = new Map<string, number>();
  const lines = text.split('\n');
  for (const [at, line] of lines.entries()) {
    const [group, ...names] = line.trim().split(/\s+/);
    const [valueGroup, ...values] = (lines[at + 1] ?? '').trim().split(/\s+/);
    if (group === undefined || group !== valueGroup || !/^[A-Za-z]/.test(names[0] ?? '')) continue;
    for (const [index, name] of names.entries()) {
      const key = `${group.replace(':', '')}${name}`;
      const value = Number(values[index]);
      if (COUNTERS.has(key) && Number.isSafeInteger(value)) counters.set(key, value);
    }
  }
  return counters;
}

/** Rows "COUNT ADDRESS:PORT" of far ends, addresses as under /proc/net/tcp. */
export function parseTimeWaits(text: string, order: ByteOrder): TimeWaitFacts[] {
  return [...text.matchAll(/^(\d{1,9}) ([0-9A-F]+):([0-9A-F]{4})$/gm)].flatMap(
    ([, count = '', hex = '', port = '']) => {
      const address = addressOf(hex, order);
      const host = address.includes(':') ? `[${address}]` : address;
      return address === '' ? [] : [{ server: `${host}:${Number.parseInt(port, 16)}`, count: Number(count) }];
    },
  );
}

/** "0100007F" → "127.0.0.1"; '' for what is no address. IPv6 comes as four words. */
function addressOf(hex: string, order: ByteOrder): string {
  if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(hex)) return '';
  const bytes = [...hex.matchAll(/.{8}/g)].flatMap(([word]) => {
    const inWord = [...word.matchAll(/../g)].map(([byte]) => byte);
    return order === 'little' ? inWord.toReversed() : inWord;
  });
  return bytes.length === 4
    ? bytes.map((byte) => Number.parseInt(byte, 16)).join('.')
    : wordsV6(bytes.join('').toLowerCase());
}

/** 32 hex digits as RFC 5952 writes an IPv6 address, one that holds an IPv4 address as "::ffff:10.0.0.1". */
function wordsV6(hex: string): string {
  if (/^0{20}ffff/.test(hex))
    return `::ffff:${[...hex.slice(24).matchAll(/../g)].map(([byte]) => Number.parseInt(byte, 16)).join('.')}`;
  const words = [...hex.matchAll(/.{4}/g)].map(([word]) => Number.parseInt(word, 16).toString(16)).join(':');
  const longest = (words.match(/(?:^|:)0(?::0)+(?=:|$)/g) ?? []).reduce(
    (a, b) => (b.length > a.length ? b : a),
    '',
  );
  if (longest === '') return words;
  const at = words.indexOf(longest);
  const [head, tail] = [words.slice(0, at), words.slice(at + longest.length)];
  return `${head}::${tail.replace(/^:/, '')}`;
}
