import { describe, expect, test } from 'vitest';
import type { CheckVerdict, ProbeResult } from '../../src/check/check-report.ts';
import type { PacketVerdict } from '../../src/check/packet-layers.ts';
import { withProbes, type Probed } from '../../src/check/probed.ts';
import { checkVerdict } from '../../src/check/verdict.ts';
import type { Finding } from '../../src/detect/finding.ts';
import type { Cause } from '../../src/explain/explanation.ts';
import { CLIENT, endpoint, facts, finding, policy, rejected, slice } from '../explain/builders.ts';
import { evaluateWay, type Evaluation } from '../../src/check/check.ts';
import { layer, PAYMENTS, SHOP, statuses, way } from './evaluate.ts';

const NO_PACKETS: PacketVerdict = { findings: [], causes: [] };
const probe = (
  of: ProbeResult['layer'],
  status: ProbeResult['status'],
  server: string,
  seen = status === 'ok' ? 'connected' : 'no answer within 4 s',
): ProbeResult => ({ layer: of, what: `${of} to ${server}`, status, seen, server });
const connected = [
  probe('connect', 'ok', '10.96.3.4:80'),
  probe('connect', 'ok', '10.244.1.8:8080'),
  probe('connect', 'ok', '10.244.2.7:8080'),
];
const denyAll = policy('deny', { podSelector: { matchLabels: { app: 'payments' }, matchExpressions: [] } });
const cause = (id: Cause['id'], findings: Cause['findings'], findingIndexes: readonly number[]): Cause => ({
  id,
  confidence: 'certain',
  findings,
  findingIndexes,
  text: `${id} it is`,
  evidence: [],
  fix: '',
  next: '',
});
const verdict = (probed: Probed): CheckVerdict =>
  checkVerdict(probed.layers, probed.causes, { from: 'pod/shop/client', to: 'svc/payments', isProbed: true });

describe('probes beside what the objects say', () => {
  test('all got through: open, and a layer that could not be read does not matter', () => {
    const probed = withProbes(way({ ...SHOP, networkPolicies: null }), connected, NO_PACKETS);
    expect(statuses(probed, 'policy', 'connect')).toBe('policy unknown, connect ok');
    expect(verdict(probed)).toMatchObject({ outcome: 'open', layer: '' });
  });

  test('a denial that the probes got through is not enforced, and no cause', () => {
    const enforced = {
      ...SHOP,
      pods: [...(SHOP.pods ?? []), { ...CLIENT, name: 'c', addresses: [], owner: 'DaemonSet/calico-node' }],
    };
    const before = way({ ...enforced, networkPolicies: [denyAll] });
    expect(layer(before, 'policy').status).toBe('fails');
    const probed = withProbes(before, connected, NO_PACKETS);
    expect(layer(probed, 'policy')).toMatchObject({ status: 'warning' });
    expect(layer(probed, 'policy').seen).toContain(
      'yet 2 of 2 denied connections got through: it is not enforced',
    );
    expect(probed.causes).toEqual([]);
    expect(verdict(probed).outcome).toBe('open');
  });

  test('in a meshed pod a connect proves nothing', () => {
    const client = {
      text: 'pod/shop/client',
      pod: { ...CLIENT, sidecars: ['istio-proxy'] },
      address: '10.244.1.5',
    };
    const meshed: Evaluation = evaluateWay({ client, server: PAYMENTS, isOfManifests: false }, facts(SHOP));
    const probed = withProbes(meshed, connected, NO_PACKETS);
    expect(layer(probed, 'connect')).toMatchObject({ status: 'unknown' });
    expect(layer(probed, 'connect').seen).toContain('sidecar');
    expect(verdict(probed)).toMatchObject({ outcome: 'unknown', layer: 'connect' });
    const answered = (seen: string): ProbeResult[] => [
      ...connected,
      probe('http', 'ok', '10.96.3.4:80', seen),
    ];
    const success = withProbes(meshed, answered('HTTP/1.1 200 after 2 ms'), NO_PACKETS);
    expect(verdict(success).outcome).toBe('open');
    const made = withProbes(meshed, answered('HTTP/1.1 404 after 2 ms'), NO_PACKETS);
    expect(verdict(made).outcome).toBe('unknown');
  });

  test('of the addresses of a name one that answers is enough, of a headless Service it is not', () => {
    const client = { text: 'pod/shop/client', pod: CLIENT, address: '10.244.1.5' };
    const server = { ...PAYMENTS, service: null, name: 'api.example', url: 'http://api.example/' };
    const named = evaluateWay(
      { client, server, isOfManifests: false, resolved: ['192.0.2.1', '192.0.2.2', '2001:db8::1'] },
      facts(SHOP),
    );
    // The pod has no IPv6 address, so that no program dials one.
    expect(named.route.dials.map(({ address }) => address)).toEqual(['192.0.2.1', '192.0.2.2']);
    const port = named.route.port;
    const probes = (second: ProbeResult['status']): ProbeResult[] => [
      probe('connect', 'failed', `192.0.2.1:${port}`),
      probe('connect', second, `192.0.2.2:${port}`),
    ];
    const one = withProbes(named, probes('ok'), NO_PACKETS);
    expect(layer(one, 'connect')).toMatchObject({ status: 'warning' });
    expect(verdict(one)).toMatchObject({
      outcome: 'open',
      text: expect.stringContaining('another address of the name answers') as string,
    });
    expect(verdict(withProbes(named, probes('failed'), NO_PACKETS)).outcome).toBe('fails');
    expect(layer(withProbes(named, probes('ok').slice(1), NO_PACKETS), 'connect').seen).not.toContain(
      'another',
    );
    const asService: Evaluation = { ...named, route: { ...named.route, server: PAYMENTS } };
    expect(verdict(withProbes(asService, probes('ok'), NO_PACKETS)).outcome).toBe('fails');
  });

  test("the Service's address fails and its endpoints answer: said", () => {
    const [, ...behind] = connected;
    const probed = withProbes(way(), [probe('connect', 'failed', '10.96.3.4:80'), ...behind], NO_PACKETS);
    expect(layer(probed, 'connect')).toMatchObject({ status: 'fails' });
    expect(layer(probed, 'connect').seen).toContain('the endpoints themselves answer');
    expect(verdict(probed)).toMatchObject({ outcome: 'fails', layer: 'connect' });
  });

  test("the Service's address answers at once and not after a silence: it is not its address that fails", () => {
    const asked = ['10.96.3.4:80', '10.244.1.8:8080'].map((server) => probe('http', 'ok', server));
    const probed = withProbes(
      way(),
      [...connected, ...asked, probe('http', 'failed', '10.96.3.4:80', '2 of 6 answered')],
      NO_PACKETS,
    );
    expect(layer(probed, 'http').seen).toBe('1 of 3 fail: http to 10.96.3.4:80: 2 of 6 answered');
  });

  test('one endpoint of several that does not answer fails the way', () => {
    const [first, second] = connected as [ProbeResult, ProbeResult, ProbeResult];
    const probed = withProbes(
      way(),
      [first, second, probe('connect', 'failed', '10.244.2.7:8080')],
      NO_PACKETS,
    );
    expect(layer(probed, 'connect').seen).toBe(
      '1 of 3 fail: connect to 10.244.2.7:8080: no answer within 4 s',
    );
  });

  test('what was skipped is no proof of anything', () => {
    const probed = withProbes(way(), [probe('connect', 'skipped', '10.96.3.4:80', 'no socat')], NO_PACKETS);
    expect(layer(probed, 'connect')).toMatchObject({ status: 'unknown', seen: 'not tried: no socat' });
    expect(verdict(probed)).toMatchObject({ outcome: 'unknown', layer: 'connect' });
  });

  test('a name that is not found fails at dns, whatever the objects say', () => {
    const probed = withProbes(
      way(),
      [probe('dns', 'failed', '', 'the DNS server says SERVFAIL')],
      NO_PACKETS,
    );
    expect(verdict(probed)).toMatchObject({ outcome: 'fails', layer: 'dns' });
  });
});

describe('causes', () => {
  const failed = [probe('dns', 'failed', ''), probe('connect', 'failed', '10.96.3.4:80')];

  test('what packets show stands at the first layer that it breaks', () => {
    const findings = [
      finding('tcp-syn-no-answer', '10.96.3.4:80'),
      finding('dns-no-answer', '10.96.0.10:53'),
    ];
    const both = cause('node-ip-forward-off', ['tcp-syn-no-answer', 'dns-no-answer'], [0, 1]);
    const probed = withProbes(way(), failed, { findings, causes: [both] });
    expect(probed.causes).toMatchObject([{ id: 'node-ip-forward-off', layer: 'dns', confidence: 'certain' }]);
    expect(verdict(probed).text).toContain('fails at dns: node-ip-forward-off it is');
  });

  test('a cause of the first failing layer comes before one of a later layer', () => {
    const findings = [
      finding('tcp-syn-no-answer', '10.96.3.4:80'),
      finding('dns-no-answer', '10.96.0.10:53'),
    ];
    const causes = [
      cause('networkpolicy-denies', ['tcp-syn-no-answer'], [0]),
      cause('policy-blocks-dns', ['dns-no-answer'], [1]),
    ];
    const probed = withProbes(way(), failed, { findings, causes });
    expect(probed.causes.map(({ id }) => id)).toEqual(['policy-blocks-dns', 'networkpolicy-denies']);
  });

  test('endpoints that only the probe dialled get no second cause of the same kind', () => {
    const findings = [rejected('10.96.3.4:80'), rejected('10.244.2.7:8080')];
    const causes = [0, 1].map((index) => cause('stale-endpoint', ['tcp-rejected-by-icmp'], [index]));
    const probed = withProbes(way(), [probe('connect', 'failed', '10.96.3.4:80')], { findings, causes });
    expect(probed.causes).toHaveLength(1);
  });

  test.each([
    ['certain', 'certain', ['target-port-mismatch']],
    ['likely', 'certain', ['target-port-mismatch', 'nobody-listens']],
    ['possible', 'possible', ['nobody-listens', 'target-port-mismatch']],
  ] as const)('the same failure of an endpoint, %s at the Service and %s behind it', (own, behind, ids) => {
    const findings = [finding('tcp-refused', '10.96.3.4:80'), finding('tcp-refused', '10.244.2.7:8080')];
    const causes = [
      { ...cause('target-port-mismatch', ['tcp-refused'], [0]), confidence: own },
      { ...cause('nobody-listens', ['tcp-refused'], [1]), confidence: behind },
    ];
    const probed = withProbes(way(), [probe('connect', 'failed', '10.96.3.4:80')], { findings, causes });
    expect(probed.causes.map(({ id }) => id).toSorted()).toEqual([...ids].toSorted());
  });
});

describe('what the packets show of a way that every probe got through', () => {
  const answered = [...connected, probe('http', 'ok', '10.96.3.4:80', 'HTTP/1.1 200 after 2003 ms')];
  const slow = (server: string, more: Partial<Finding> = {}): PacketVerdict => ({
    findings: [{ ...finding('http-slow', server), severity: 'warning', text: 'it is slow', ...more }],
    causes: [cause('server-slow', ['http-slow', 'latency-split'], [0])],
  });

  test('a likely cause at the asked port fails the layer that it is about', () => {
    const probed = withProbes(way(), answered, slow('10.96.3.4:80'));
    expect(layer(probed, 'http')).toMatchObject({ status: 'fails' });
    expect(layer(probed, 'http').seen).toBe(
      'http to 10.96.3.4:80: HTTP/1.1 200 after 2003 ms; yet it is slow',
    );
    expect(probed.causes).toMatchObject([{ id: 'server-slow', layer: 'http' }]);
    expect(verdict(probed)).toMatchObject({ outcome: 'fails', layer: 'http' });
  });

  test('another port of the same server, a note, and what is only possible do not', () => {
    const possible = slow('10.96.3.4:80');
    for (const packets of [
      slow('10.96.3.4:8443'),
      slow('10.96.3.4:80', { severity: 'info' }),
      { ...possible, causes: possible.causes.map((one) => ({ ...one, confidence: 'possible' as const })) },
    ])
      expect(verdict(withProbes(way(), answered, packets)).outcome).toBe('open');
  });

  test('a protocol that is not spoken there fails the layer that was tried', () => {
    const probed = withProbes(way(), answered, {
      findings: [finding('wrong-protocol', '10.96.3.4:80')],
      causes: [cause('plaintext-to-tls', ['wrong-protocol'], [0])],
    });
    expect(verdict(probed)).toMatchObject({ outcome: 'fails', layer: 'http' });
  });

  test('large segments that get lost break the request that had no whole answer', () => {
    const cut = [
      ...connected,
      probe('http', 'failed', '10.96.3.4:80'),
      probe('mtu', 'failed', '10.96.3.4:80'),
      probe('mtu', 'ok', '10.244.1.8:8080'),
    ];
    const probed = withProbes(way(), cut, {
      findings: [finding('path-mtu-black-hole', '10.96.3.4:80')],
      causes: [cause('mtu-too-large', ['path-mtu-black-hole'], [0])],
    });
    expect(verdict(probed).text).toContain('fails at http: mtu-too-large it is');
    expect(layer(probed, 'mtu').seen).not.toContain('the endpoints themselves answer');
  });

  test('what nothing explains is a warning of the layer that got through', () => {
    const packets = slow('10.96.3.4:80');
    const probed = withProbes(way(), answered, { ...packets, causes: [] });
    expect(layer(probed, 'http')).toMatchObject({ status: 'warning' });
    expect(verdict(probed).outcome).toBe('open');
    expect(verdict(probed).text).toContain(
      'but http: http to 10.96.3.4:80: HTTP/1.1 200 after 2003 ms; yet it is slow',
    );
    const noted = withProbes(way(), answered, { ...slow('10.96.3.4:80', { severity: 'info' }), causes: [] });
    expect(layer(noted, 'http').status).toBe('ok');
  });

  test('what an open connection shows is about what was said there, where that was tried', () => {
    const packets: PacketVerdict = {
      findings: [finding('tcp-zero-window', '10.96.3.4:80')],
      causes: [cause('client-slow', ['tcp-zero-window'], [0])],
    };
    expect(verdict(withProbes(way(), answered, packets)).layer).toBe('http');
    expect(verdict(withProbes(way(), connected, packets)).layer).toBe('connect');
  });

  test('a node rejects what has no endpoint: the cause stands where the objects let expect it', () => {
    const pods = (SHOP.pods ?? []).map((one) => ({ ...one, ready: false }));
    const none = [slice('payments', [endpoint('10.244.2.7', { pod: 'web', ready: false, serving: false })])];
    const before = way({ ...SHOP, pods, endpointSlices: none });
    expect(before.causes.map(({ id }) => id)).toContain('endpoints-not-ready');
    const probed = withProbes(before, [probe('connect', 'failed', '10.96.3.4:80')], {
      findings: [rejected('10.96.3.4:80')],
      causes: [cause('server-crashed', ['tcp-rejected-by-icmp'], [0])],
    });
    expect(probed.causes[0]).toMatchObject({ id: 'server-crashed', layer: 'endpoints' });
  });

  test('a layer that nothing tried is added', () => {
    const probed = withProbes(way(), connected, slow('10.96.3.4:80'));
    expect(layer(probed, 'http')).toMatchObject({ status: 'fails', seen: 'it is slow' });
  });

  test('what only costs time is a warning, unless something else breaks the same layer', () => {
    const findings: Finding[] = [
      { ...finding('dns-search-waste', '10.96.0.10:53'), severity: 'warning', text: '+192 ms per lookup' },
      finding('dns-race', '10.96.0.10:53'),
    ];
    const waste = cause('dns-search-amplification', ['dns-search-waste'], [0]);
    const alone = withProbes(way(), connected, { findings, causes: [waste] });
    expect(layer(alone, 'dns').status).toBe('warning');
    expect(verdict(alone)).toMatchObject({ outcome: 'open', text: expect.stringContaining('+192 ms') });
    const race = cause('dns-conntrack-race', ['dns-race'], [1]);
    for (const causes of [
      [waste, race],
      [race, waste],
    ])
      expect(verdict(withProbes(way(), connected, { findings, causes })).layer).toBe('dns');
    const doubtful = withProbes(way(), [probe('dns', 'failed', ''), ...connected], {
      findings,
      causes: [waste, { ...race, confidence: 'possible' }],
    });
    expect(doubtful.causes.map(({ id }) => id)).toEqual(['dns-conntrack-race', 'dns-search-amplification']);
    expect(verdict(doubtful).text).toContain('fails at dns: dns to : no answer');
  });

  test('a look-up that waits fails the layer, although another was answered at once', () => {
    const lookups = [
      { ...probe('dns', 'ok', ''), what: 'DNS payments.shop', seen: '10.96.3.4' },
      {
        ...probe('dns', 'failed', ''),
        what: 'DNS payments.shop, A and AAAA at once',
        seen: '2 of 6 took 5.0 s',
      },
    ];
    const probed = withProbes(way(), [...lookups, ...connected], NO_PACKETS);
    expect(verdict(probed)).toMatchObject({ outcome: 'fails', layer: 'dns' });
    expect(layer(probed, 'dns').seen).toBe('DNS payments.shop, A and AAAA at once: 2 of 6 took 5.0 s');
    expect(verdict(withProbes(way(), [...lookups.slice(0, 1), ...connected], NO_PACKETS)).outcome).toBe(
      'open',
    );
  });

  test('answers of the DNS server count only where a name is asked for', () => {
    const packets: PacketVerdict = {
      findings: [finding('dns-no-answer', '10.96.0.10:53')],
      causes: [cause('coredns-down', ['dns-no-answer'], [0])],
    };
    expect(verdict(withProbes(way(), connected, packets))).toMatchObject({ outcome: 'fails', layer: 'dns' });
    const byAddress = way(SHOP, { ...PAYMENTS, service: null, addresses: ['10.96.3.4'] });
    expect(verdict(withProbes(byAddress, connected, packets)).outcome).toBe('open');
  });
});
