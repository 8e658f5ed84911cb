import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PART_BYTES, nodeProgram } from '../../src/nodes/node-program.ts';
import { parseNode } from '../../src/nodes/parse-node.ts';

const SERVICES = [
  { namespace: 'shop', name: 'payments', clusterIPs: ['10.96.77.10'] },
  { namespace: 'shop', name: 'pay', clusterIPs: ['10.96.77.11'] },
];

/** What the program prints on a node, part by part; `later`: the counted parts of the second reading. */
function output(parts: Readonly<Record<string, string>>): string {
  return [...Object.entries(parts), ['end', '']].map(([name, text]) => `=== ${name}\n${text}\n`).join('');
}

const NODE: Readonly<Record<string, string>> = {
  sysctls: 'net/ipv4/ip_forward:1\nnet/bridge/bridge-nf-call-iptables:0',
  conf: 'net/ipv4/conf/cni0/forwarding:1\nnet/ipv4/conf/eth0.100/forwarding:0\nnet/ipv4/conf/eth0.100/rp_filter:2',
  'counters first':
    'Ip: Forwarding InAddrErrors\nIp: 1 7\nTcpExt: SyncookiesSent IPReversePathFilter\nTcpExt: 0 3\nIp6InTooBigErrors   2',
  'conntrack first': 'entries  drop insert_failed\n00000010 0000000a 00000001\n00000010 00000001 00000001',
  'traffic first': 'cni0 10 20 0 0 0 1',
  'filter first iptables-save': '*filter\n[3:180] -A FORWARD -d 10.244.2.0/24 -p tcp -j DROP',
  'legacy first': '',
  interfaces:
    'cni0 3 3 1 1450 up 0x1003 - - bridge\neth0.100 2 9 1 1400 up 0x1003 - - -\nvethab 7 2 1 1450 up 0x1303 3 0 -\nlo 1 1 772 65536 unknown 0x9 - - -\ntunl0 4 4 768 1480 down 0x0 - - -',
  programs: '2: eth0.100: <UP> mtu 1400 prog/xdp id 5\nqdisc clsact ffff: dev vethab parent ffff:fff1',
  routes:
    'default via 172.30.2.1 dev eth0.100\n10.244.2.7 via 172.30.2.12 dev eth0.100\nblackhole 10.9.0.0/16',
  routes6: 'multicast ff00::/8 dev cni0\nfe80::/64 dev cni0',
  udp: '  local_address\n00000000:2118\n00000000:12B5',
  'services iptables':
    ':KUBE-SERVICES - [0:0]\n-A KUBE-SERVICES -d 10.96.77.10/32 -p tcp -m comment --comment "shop/payments:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-X\n-A KUBE-SEP-Y -p tcp -m comment --comment "shop/payments:http" -m tcp -j DNAT --to-destination 10.244.1.7:8080',
  'services nft': '',
  'services ipvs': '',
  'counters last':
    'Ip: Forwarding InAddrErrors\nIp: 1 19\nTcpExt: SyncookiesSent IPReversePathFilter\nTcpExt: 0 3',
  'conntrack last': 'entries  drop insert_failed\n00000010 0000000c 00000001\n00000010 00000001 00000001',
  'traffic last': 'cni0 12 20 0 0 0 4',
  'filter last iptables-save':
    '*filter\n:FORWARD DROP [9:540]\n[8:480] -A FORWARD -d 10.244.2.0/24 -p tcp -j DROP\n[1:60] -A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP\n[0:0] -A custom -j REJECT --reject-with icmp-port-unreachable',
  'legacy last': '',
  'nft last':
    'table ip filter {\n\tchain FORWARD {\n\t\ttcp dport 1 drop\ntable inet guard {\n\tchain fwd {\n\t\ttype filter hook forward priority filter; policy drop;\n\t\tip daddr 10.244.2.0/24 tcp dport 8080 counter packets 4 bytes 240 drop comment "x"\n\t\tip saddr @bad drop\ntable ip kube-proxy {\n\tchain reject-chain {\n\t\treject',
};

function read(parts: Readonly<Record<string, string>>): ReturnType<typeof parseNode> {
  return parseNode('node1', '2026-11-21T10:05:00.000Z', SERVICES, output(parts));
}

describe('what a look into a node printed', () => {
  const network = read(NODE)?.network;

  it('has sysctls; one whose module is not loaded is null, not 0', () => {
    expect(network?.sysctls).toMatchObject({
      'net.ipv4.ip_forward': 1,
      'net.bridge.bridge-nf-call-iptables': 0,
      'net.netfilter.nf_conntrack_max': null,
    });
  });

  it('has interfaces with their kinds, settings and what grew', () => {
    expect(network?.interfaces?.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'cni0 bridge',
      'eth0.100 veth',
      'vethab veth',
      'lo loopback',
      'tunl0 ipip',
    ]);
    expect(network?.interfaces?.[0]).toMatchObject({
      forwardsIPv4: true,
      received: { total: 12, grew: 2 },
      sent: { total: 20, grew: 0 },
      lost: { total: 4, grew: 3 },
      hairpin: null,
    });
    expect(network?.interfaces?.[1]).toMatchObject({
      mtuBytes: 1400,
      forwardsIPv4: false,
      rpFilter: 2,
      hasProgram: true,
    });
    expect(network?.interfaces?.[2]).toMatchObject({
      bridge: 'cni0',
      hairpin: false,
      isPromiscuous: true,
      hasProgram: true,
      rpFilter: null,
    });
    expect(network?.interfaces?.[4]).toMatchObject({ isUp: false });
  });

  it('has routes as prefixes', () => {
    expect(network?.routes).toEqual([
      { destination: '0.0.0.0/0', via: '172.30.2.1', device: 'eth0.100', type: 'unicast' },
      { destination: '10.244.2.7/32', via: '172.30.2.12', device: 'eth0.100', type: 'unicast' },
      { destination: '10.9.0.0/16', via: '', device: '', type: 'blackhole' },
      { destination: 'fe80::/64', via: '', device: 'cni0', type: 'unicast' },
    ]);
  });

  it('has the counters that are looked for, summed over processors', () => {
    expect(network?.counters).toEqual({
      IpInAddrErrors: { total: 19, grew: 12 },
      TcpExtIPReversePathFilter: { total: 3, grew: 0 },
      'conntrack.drop': { total: 13, grew: 2 },
      'conntrack.insert_failed': { total: 2, grew: 0 },
    });
  });

  it('has the rules of others that drop, and how often they met', () => {
    expect(network?.filterRules).toEqual([
      {
        tool: 'iptables',
        family: 'ip',
        table: 'filter',
        chain: 'FORWARD',
        hook: 'forward',
        verdict: 'drop',
        text: '',
        packets: { total: 9, grew: 0 },
      },
      {
        tool: 'iptables',
        family: 'ip',
        table: 'filter',
        chain: 'FORWARD',
        hook: 'forward',
        verdict: 'drop',
        text: '-d 10.244.2.0/24 -p tcp',
        packets: { total: 8, grew: 5 },
      },
      {
        tool: 'iptables',
        family: 'ip',
        table: 'filter',
        chain: 'custom',
        hook: '',
        verdict: 'reject',
        text: '',
        packets: { total: 0, grew: 0 },
      },
      {
        tool: 'nft',
        family: 'inet',
        table: 'guard',
        chain: 'fwd',
        hook: 'forward',
        verdict: 'drop',
        text: '',
        packets: null,
      },
      {
        tool: 'nft',
        family: 'inet',
        table: 'guard',
        chain: 'fwd',
        hook: 'forward',
        verdict: 'drop',
        text: 'ip daddr 10.244.2.0/24 tcp dport 8080',
        packets: { total: 4, grew: 0 },
      },
      {
        tool: 'nft',
        family: 'inet',
        table: 'guard',
        chain: 'fwd',
        hook: 'forward',
        verdict: 'drop',
        text: 'ip saddr @bad',
        packets: null,
      },
    ]);
  });

  it('has what kube-proxy made of each Service, and of none whose name begins alike', () => {
    expect(network?.services).toEqual([
      { namespace: 'shop', name: 'payments', isKnown: true, targets: ['10.244.1.7:8080'] },
      { namespace: 'shop', name: 'pay', isKnown: false, targets: [] },
    ]);
    expect(network?.udpPorts).toEqual([4789, 8472]);
  });

  it('reads kube-proxy’s other modes', () => {
    const nft = read({
      ...NODE,
      'services iptables': '',
      'services nft':
        'chain services {\nchain endpoint-2Q-shop/payments/tcp/http__10.244.1.7/8080 {\n2 : goto endpoint-7X-shop/payments/tcp/http__fd00::7/8080',
    });
    expect(nft?.network.services?.[0]?.targets).toEqual(['10.244.1.7:8080', '[fd00::7]:8080']);
    const ipvs = read({
      ...NODE,
      'services iptables': '',
      'services ipvs': 'TCP  0A604D0A:0050 rr\n  -> 0AF40107:1F90      Masq    1      0          0',
    });
    expect(ipvs?.network.services).toEqual([
      { namespace: 'shop', name: 'payments', isKnown: true, targets: ['10.244.1.7:8080'] },
      { namespace: 'shop', name: 'pay', isKnown: false, targets: [] },
    ]);
  });

  it('says what it could not read', () => {
    const what = (parts: Readonly<Record<string, string>>): string[] =>
      (read(parts)?.unreadable ?? []).map((one) => one.what);
    expect(what(NODE)).toEqual([]);
    const { routes: _routes, ...withoutRoutes } = NODE;
    expect(what(withoutRoutes)).toEqual(['routes of node node1']);
    expect(what({ ...NODE, 'legacy last': 'filter' })).toEqual(['packet filter of node node1']);
    expect(what({ ...NODE, 'services iptables': '' })).toEqual(["kube-proxy's rules of node node1"]);
    expect(what({ ...NODE, interfaces: 'x'.repeat(MAX_PART_BYTES) })).toEqual(['interfaces of node node1']);
  });

  it('is nothing without its end', () => {
    expect(parseNode('node1', '', SERVICES, output(NODE).replace('=== end', ''))).toBeUndefined();
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...Object.keys(NODE)), fc.string({ unit: 'grapheme-ascii' })),
        (parts) => {
          expect(read(parts)?.network.node).toBe('node1');
        },
      ),
    );
  });
});

describe('the program', () => {
  it('takes names of Services as arguments, not as text of the script', () => {
    const [, , script = '', , , ...patterns] = nodeProgram(SERVICES);
    expect(patterns).toEqual(['-e', 'shop/payments', '-e', 'shop/pay']);
    expect(script).not.toContain('payments');
  });
});
