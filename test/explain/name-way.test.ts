import { describe, expect, it } from 'vitest';
import { parseCorefile } from '../../src/cluster/corefile.ts';
import { forwardTargets, kubernetesZones, wayOf } from '../../src/explain/name-way.ts';
import { USUAL } from './dns-builders.ts';

describe('wayOf', () => {
  it.each([
    [USUAL, 'payments.shop.svc.cluster.local', 'kubernetes'],
    [USUAL, 'Payments.Shop.svc.CLUSTER.local.', 'kubernetes'],
    [USUAL, '7.1.244.10.in-addr.arpa', 'unknown'],
    [USUAL, 'api.example', 'forward'],
    [USUAL, 'notcluster.local', 'forward'],
    ['a.example { whoami }', 'api.example', 'no-block'],
    ['. { errors }', 'api.example', 'nobody'],
    ['.:1053 { forward . 192.0.2.1 }', 'api.example', 'no-block'],
    [
      '. { forward . 192.0.2.1 }\ncorp.example { hosts { 192.0.2.9 a.corp.example } }',
      'b.corp.example',
      'hosts-miss',
    ],
    [
      '. { hosts { 192.0.2.9 a.example } \n forward . 192.0.2.1 }',
      'payments.shop.svc.cluster.local',
      'hosts-miss',
    ],
    ['. {\n hosts {\n 192.0.2.9 a.example\n }\n forward . 192.0.2.1\n }', 'a.example', 'unknown'],
    [
      '. {\n hosts {\n 192.0.2.9 a.example\n fallthrough\n }\n forward . 192.0.2.1\n }',
      'b.example',
      'forward',
    ],
    ['. {\n hosts /etc/custom {\n }\n forward . 192.0.2.1\n }', 'b.example', 'unknown'],
    [
      '. {\n forward . 192.0.2.1\n template ANY ANY example {\n rcode NXDOMAIN\n }\n}',
      'b.example',
      'template',
    ],
    ['. {\n forward . 192.0.2.1\n template ANY ANY example {\n rcode NXDOMAIN\n }\n}', 'b.test', 'forward'],
    ['. {\n forward . 192.0.2.1\n template ANY AAAA . {\n rcode NOERROR\n }\n}', 'b.example', 'unknown'],
    ['. {\n forward . 192.0.2.1\n template ANY TXT . {\n rcode NXDOMAIN\n }\n}', 'b.example', 'forward'],
    ['. {\n template IN A {\n match x\n rcode NXDOMAIN\n }\n}', 'b.example', 'unknown'],
    ['. {\n forward . 192.0.2.1 {\n except example\n }\n}', 'b.example', 'nobody'],
    ['. {\n rewrite name a.example b.example\n forward . 192.0.2.1\n}', 'c.example', 'forward'],
    ['. {\n rewrite name a.example b.example\n forward . 192.0.2.1\n}', 'a.example', 'unknown'],
    ['. {\n rewrite name suffix .test .example\n forward . 192.0.2.1\n}', 'a.test', 'unknown'],
    ['. {\n rewrite name regex (.*) x\n forward . 192.0.2.1\n}', 'a.test', 'unknown'],
    ['. {\n rewrite stop type ANY A\n forward . 192.0.2.1\n}', 'a.test', 'unknown'],
    ['. {\n file db.example\n forward . 192.0.2.1\n}', 'a.test', 'unknown'],
  ])('%j: %s is %s', (corefile, name, kind) => {
    const parsed = parseCorefile(corefile);
    expect(parsed.problem).toBe('');
    expect(wayOf(parsed, name).kind).toBe(kind);
  });

  it('takes the block with the longest zone', () => {
    const parsed = parseCorefile('. { forward . 192.0.2.1 }\ncorp.example { forward . 192.0.2.2 }');
    const way = wayOf(parsed, 'a.corp.example');
    expect(way.kind === 'forward' ? forwardTargets(way.plugin) : []).toEqual(['192.0.2.2:53']);
  });

  it.each([
    [
      'forward . 192.0.2.1 tls://192.0.2.2 192.0.2.3:5353 /etc/resolv.conf',
      ['192.0.2.1:53', '192.0.2.2:853', '192.0.2.3:5353', '/etc/resolv.conf'],
    ],
    ['forward . fd00::1 [fd00::2]:53 dns://192.0.2.1', ['[fd00::1]:53', '[fd00::2]:53', '192.0.2.1:53']],
  ])('%s', (line, targets) => {
    const [block] = parseCorefile(`. {\n${line}\n}`).blocks;
    expect(block?.plugins.flatMap(forwardTargets)).toEqual(targets);
  });

  it('names the zones of Services', () => {
    expect(kubernetesZones(parseCorefile(USUAL))).toEqual(['cluster.local']);
    expect(kubernetesZones(parseCorefile('corp.example { kubernetes }'))).toEqual(['corp.example']);
  });
});
