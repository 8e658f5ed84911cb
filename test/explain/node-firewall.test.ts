import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/cluster/facts.ts';
import type { FilterRuleFacts } from '../../src/cluster/node-network-facts.ts';
import { matchRule } from '../../src/explain/filter-match.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, endpoint, facts, finding, group, pod, policy, ranked, service, slice } from './builders.ts';
import { link, network, rule } from './node-builders.ts';

const PAYMENTS = '10.96.3.4:80';
const silent = finding('tcp-syn-no-answer', PAYMENTS);
const silence = group(PAYMENTS, { silent: 12 });
const there = endpoint('10.244.2.7', { node: 'node2', pod: 'payments-2' });

function cluster(rules: readonly FilterRuleFacts[], part: Partial<Facts> = {}): Facts {
  return facts({
    services: [service('payments', '10.96.3.4')],
    pods: [pod('payments-2', { address: '10.244.2.7', labels: { app: 'payments' } })],
    endpointSlices: [slice('payments', [there])],
    nodeNetworks: [network(1), network(2, { filterRules: rules })],
    ...part,
  });
}

const packet = {
  source: '10.244.1.5',
  destination: '10.244.2.7',
  sourcePort: 0,
  destinationPort: 8080,
  protocol: 'TCP',
};

describe('a rule’s conditions', () => {
  it.each([
    ['', 'yes'],
    ['-d 10.244.2.0/24 -p tcp -m tcp --dport 8080', 'yes'],
    ['-s 10.244.1.5/32 -m comment --comment "no; web" -p tcp', 'yes'],
    ['-d 10.244.3.0/24 -p tcp', 'no'],
    ['! -d 10.244.2.0/24', 'no'],
    ['-p udp --dport 8080', 'no'],
    ['-p tcp -m tcp --dport 8000:8090', 'yes'],
    ['-p tcp -m multiport --dports 80,443', 'no'],
    ['-d 10.244.2.0/24 -m set --match-set bad src', 'maybe'],
    ['-d 10.244.3.0/24 -m set --match-set bad src', 'no'],
    ['-p tcp -m tcp --sport 8080', 'maybe'],
  ])('iptables %j: %s', (text, match) => {
    expect(matchRule(rule(text), packet)).toBe(match);
  });

  it.each([
    ['ip daddr 10.244.2.0/24 tcp dport 8080', 'yes'],
    ['ip daddr != 10.244.2.0/24', 'no'],
    ['tcp dport { 80, 8080-8090 }', 'yes'],
    ['udp dport 8080', 'no'],
    ['ip saddr @bad tcp dport 8080', 'maybe'],
    ['iifname "eth0" tcp dport 8080', 'maybe'],
    ['ip6 saddr fd00::/8', 'no'],
    ['meta l4proto tcp', 'yes'],
  ])('nft %j: %s', (text, match) => {
    expect(matchRule(rule(text, { tool: 'nft', family: 'inet' }), packet)).toBe(match);
  });

  it('are of the packet’s own family', () => {
    expect(matchRule(rule('', { family: 'ip6' }), packet)).toBe('no');
  });
});

describe('node-firewall', () => {
  const blocking = rule('-d 10.244.2.0/24 -p tcp -m tcp --dport 8080');
  it.each<[string, FilterRuleFacts, readonly string[]]>([
    ['a rule that meets it just now', blocking, ['node-firewall certain']],
    ['one that met some before', { ...blocking, packets: { total: 9, grew: 0 } }, ['node-firewall likely']],
    ['one that never met any', { ...blocking, packets: { total: 0, grew: 0 } }, []],
    ['one that does not count', { ...blocking, packets: null }, ['node-firewall possible']],
    [
      'one in a chain that others jump to',
      { ...blocking, hook: '', chain: 'ban' },
      ['node-firewall possible'],
    ],
    ['one with a set', rule('-p tcp -m set --match-set bad src'), ['node-firewall possible']],
    ['one that names neither hosts nor ports', rule('-p tcp'), ['node-firewall likely']],
    ['one of another port', rule('-d 10.244.2.0/24 -p tcp -m tcp --dport 443'), []],
    ['one for what the node itself gets', { ...blocking, chain: 'INPUT', hook: 'input' }, []],
    ['one that rejects: silence is not its doing', { ...blocking, verdict: 'reject' }, []],
    ['the policy, meeting packets', rule(''), ['node-firewall likely']],
    [
      'one that drops the answers',
      rule('-s 10.244.2.0/24 -p tcp -m tcp --sport 8080'),
      ['node-firewall certain'],
    ],
  ])('%s', (_, one, causes) => {
    expect(ranked(explain([silent], [silence], cluster([one])))).toEqual(causes);
  });

  it('sees the Service’s own address where the client’s node translates it', () => {
    const early = rule('-d 10.96.3.4/32 -p tcp', { table: 'raw', chain: 'PREROUTING', hook: 'prerouting' });
    const nodes = [network(1, { filterRules: [early] }), network(2)];
    expect(ranked(explain([silent], [silence], cluster([], { nodeNetworks: nodes })))).toEqual([
      'node-firewall certain',
    ]);
    expect(ranked(explain([silent], [silence], cluster([early])))).toEqual([]);
  });

  it('is not the reason of more than it meets', () => {
    const two = [there, endpoint('10.244.1.7', { node: 'node1', pod: 'payments-1' })];
    const pods = [
      pod('payments-1', { node: 'node1', address: '10.244.1.7', labels: { app: 'payments' } }),
      pod('payments-2', { address: '10.244.2.7', labels: { app: 'payments' } }),
    ];
    const half = cluster([blocking], { endpointSlices: [slice('payments', two)], pods });
    const some = finding('tcp-syn-no-answer', PAYMENTS, {
      count: 6,
      details: { attempts: 12, succeeded: 6 },
    });
    expect(ranked(explain([some], [group(PAYMENTS, { answered: 6, silent: 6 })], half))).toEqual([
      'node-firewall certain',
    ]);
    expect(ranked(explain([silent], [silence], half))).toEqual([]);
  });

  it('is one that rejects where the packets say so', () => {
    const icmp = { sender: '172.30.0.12', type: 3, code: 3, meaning: 'port unreachable' };
    const rejected = finding('tcp-rejected-by-icmp', PAYMENTS, { details: { icmp } });
    const found = explain([rejected], [], cluster([{ ...blocking, verdict: 'reject' }]));
    expect(ranked(found)).toContain('node-firewall certain');
  });

  it('stands though a policy may deny the traffic too', () => {
    const denied = cluster([blocking], { networkPolicies: [policy('default-deny')] });
    expect(ranked(explain([silent], [silence], denied))).toContain('node-firewall certain');
  });

  it('names the rule and how to list it', () => {
    const { evidence, fix } = causeOf('node-firewall', [silent], [silence], cluster([blocking]));
    expect(evidence).toContain(
      'iptables, table filter, chain FORWARD: -d 10.244.2.0/24 -p tcp -m tcp --dport 8080 DROP',
    );
    expect(fix).toContain('iptables -t filter -S');
  });

  it('names programs that come before the filter as unknown', () => {
    const bpf = [network(1, { interfaces: [link('eth0', { hasProgram: true })] }), network(2)];
    const what = (part: Partial<Facts>): string[] =>
      explain([silent], [silence], cluster([], { nodeNetworks: bpf, ...part })).unknowns.map(
        (one) => one.what,
      );
    expect(what({})).toContain('what the XDP or tc programs at eth0 of node node1 do to packets');
    const cilium = pod('cilium-x', {
      namespace: 'kube-system',
      owner: 'DaemonSet/cilium',
      hostNetwork: true,
    });
    expect(what({ pods: [cilium] }).filter((one) => one.includes('XDP'))).toEqual([]);
  });

  it('says nothing without a look into the node', () => {
    const { nodeNetworks: _nodes, ...blind } = cluster([blocking]);
    expect(ranked(explain([silent], [silence], blind))).toEqual([]);
  });
});
