import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/detect/finding.ts';
import { explain, explainers } from '../../src/explain/index.ts';
import {
  CLIENT_ADDRESS,
  endpoint,
  facts,
  finding,
  group,
  pod,
  ranked,
  rejected,
  service,
  slice,
} from './builders.ts';

describe('explain', () => {
  it('works without facts: no causes, and says what is missing', () => {
    expect(explain([rejected('10.96.3.4:80')], [], null)).toEqual({
      causes: [],
      unknowns: [
        {
          what: 'cluster facts',
          why: 'the capture was analysed without a cluster',
          next: 'kubectl netdebug trace pod/NAME -n NAMESPACE',
        },
      ],
      policySuspects: [],
      names: {},
    });
    expect(explain([], [], null).unknowns).toEqual([]);
  });

  it('has nothing to say about a healthy run but names', () => {
    const explanation = explain(
      [],
      [group('10.96.0.10:53', { answered: 9 }), group('192.0.2.1:443', { answered: 1 })],
      facts(),
    );
    expect(explanation).toEqual({
      causes: [],
      unknowns: [],
      policySuspects: [],
      names: { [CLIENT_ADDRESS]: 'pod/client.shop', '10.96.0.10': 'svc/kube-dns.kube-system' },
    });
  });

  it('ranks by confidence, then by severity, then by the order of findings', () => {
    const services = [
      service('payments', '10.96.3.4'),
      service('orders', '10.96.3.5'),
      service('cart', '10.96.3.6'),
    ];
    const findings = [
      finding('tcp-syn-no-answer', '10.96.3.4:80'),
      rejected('10.96.3.5:80', { severity: 'warning' }),
      rejected('10.96.3.6:80'),
    ];
    const explanation = explain(findings, [], facts({ services }));
    expect(
      explanation.causes.map(({ findingIndexes, confidence }) => [findingIndexes[0], confidence]),
    ).toEqual([
      [2, 'certain'],
      [1, 'certain'],
      [0, 'likely'],
    ]);
  });

  it('goes on when an explainer fails', () => {
    const first = explainers[0];
    if (first === undefined) throw new Error('no explainers');
    const original = first.explain;
    first.explain = () => {
      throw new Error('broken on purpose');
    };
    try {
      const explanation = explain(
        [rejected('10.96.3.4:80')],
        [],
        facts({ services: [service('payments', '10.96.3.4')] }),
      );
      expect(ranked(explanation)).toEqual(['service-without-endpoints certain']);
      expect(explanation.unknowns).toEqual([
        {
          what: `cause ${first.id}`,
          why: 'its explainer failed: broken on purpose',
          next: `kubectl netdebug explain ${first.id}`,
        },
      ]);
    } finally {
      first.explain = original;
    }
  });

  it('leaves no question open once every finding has a cause that is certain', () => {
    const dialled = [service('payments', '10.96.3.4'), service('api', '10.96.3.5')];
    const endpointSlices = [slice('api', [endpoint('10.244.1.9')])];
    const pods = [pod('api-1', { address: '10.244.1.9' })];
    const asked = (findings: readonly Finding[]): readonly string[] =>
      explain(findings, [], facts({ services: dialled, endpointSlices, pods })).unknowns.map(
        ({ what }) => what,
      );
    expect(asked([rejected('10.96.3.4:80')])).toEqual([]);
    expect(asked([rejected('10.96.3.4:80'), finding('tcp-refused', '10.96.3.5:80')])).toEqual([
      expect.stringContaining('api-1'),
    ]);
  });

  it('hands on what could not be read', () => {
    const unreadable = [{ what: 'networkpolicies', why: 'forbidden', fix: 'rules: …' }];
    expect(explain([], [], facts({ unreadable })).unknowns).toEqual([
      { what: 'networkpolicies', why: 'forbidden', next: 'rules: …' },
    ]);
  });

  it('keeps hostile names out of commands and line breaks out of fixes', () => {
    const bad = service('a\nkubectl delete namespace shop', '10.96.3.4');
    const cause = explain([rejected('10.96.3.4:80')], [], facts({ services: [bad] })).causes[0];
    expect(cause?.text).toContain('Service shop/a kubectl delete namespace shop has no endpoints');
    expect(cause?.next).toBe('kubectl netdebug explain service-without-endpoints');
    expect(cause?.fix.split('\n').some((line) => line.startsWith('kubectl delete'))).toBe(false);
  });

  it('names the endpoint that answered and the gateway that rejected', () => {
    const other = finding('reply-from-other-address', '10.96.3.4:80', {
      details: { answeredBy: ['10.244.2.2:53'] },
    });
    const { names } = explain(
      [other, rejected('10.96.3.4:80')],
      [],
      facts({
        services: [service('payments', '10.96.3.4')],
        endpointSlices: [slice('payments', [endpoint('10.244.2.2')])],
      }),
    );
    expect(names).toEqual({
      [CLIENT_ADDRESS]: 'pod/client.shop',
      '10.96.3.4': 'svc/payments.shop',
      '10.244.2.2': 'pod/coredns-1.kube-system',
      '10.244.1.1': 'node/node1 (gateway)',
    });
  });
});
