import { describe, expect, test } from 'vitest';
import { capture, cause, dnsRow, finding, group, outcomes, report } from './builders.ts';

const SYMPTOM =
  'From pod/client.shop to svc/payments.shop:443, all 12 connections got no answer: 48 SYNs, nothing back';

describe('findings', () => {
  test('a certain cause leads, with the count that proves its effect', () => {
    expect(report({ findings: [finding()], causes: [cause()] }).verdict).toEqual({
      outcome: 'findings',
      text: 'Service shop/payments has no endpoints: no pod has app=paymnts; none of 12 connections from pod/client.shop got through.',
    });
  });

  test('requests that were answered with an error got through, and did not succeed', () => {
    const failed = finding({ id: 'http-5xx', details: { attempts: 12, succeeded: 3 } });
    expect(report({ findings: [failed], causes: [cause({ findings: ['http-5xx'] })] }).verdict.text).toMatch(
      /; 3 of 12 requests from pod\/client\.shop succeeded\.$/,
    );
  });

  test('a likely cause says that it is likely', () => {
    expect(report({ findings: [finding()], causes: [cause({ confidence: 'likely' })] }).verdict.text).toMatch(
      /^Likely: Service shop\/payments has no endpoints/,
    );
  });

  test('a possible cause is not in the sentence', () => {
    expect(report({ findings: [finding()], causes: [cause({ confidence: 'possible' })] }).verdict.text).toBe(
      `${SYMPTOM}; cause not proven, what is possible stands below.`,
    );
  });

  test('a NetworkPolicy that may be dropping it is named', () => {
    const text = 'a NetworkPolicy may be dropping this: shop/deny selects the pod';
    const policySuspects = [{ findingIndexes: [0], text, next: '' }];
    expect(report({ findings: [finding()], policySuspects }).verdict.text).toBe(
      `${SYMPTOM}; cause not proven, ${text}.`,
    );
  });

  test('a cause of another finding does not explain the worst one', () => {
    const findings = [finding(), finding({ id: 'tcp-refused' })];
    expect(report({ findings, causes: [cause({ findingIndexes: [1] })] }).verdict.text).toBe(
      `${SYMPTOM}; cause not proven; 1 more error below.`,
    );
  });

  test('errors and warnings that the cause does not explain are counted', () => {
    const findings = [
      finding(),
      finding(),
      finding({ id: 'dns-search-waste', severity: 'warning' }),
      finding({ id: 'dns-search-waste', severity: 'info' }),
    ];
    expect(report({ findings, causes: [cause()] }).verdict.text).toMatch(
      /got through; 1 more error and 1 warning below\.$/,
    );
  });

  test('some connections got through', () => {
    const findings = [finding({ count: 3, details: { attempts: 12, succeeded: 9 } })];
    expect(report({ findings, causes: [cause()] }).verdict.text).toMatch(
      /; 9 of 12 connections from pod\/client\.shop got through\.$/,
    );
  });
});

describe('it is not the network', () => {
  const none = { data: 100, retransmissions: 0, spurious: 0, outOfOrder: 0 };
  const sound = group({ longestServerMs: 2900, segments: { fromClient: none, fromServer: none } });
  const slow = finding({
    id: 'http-5xx',
    server: sound.server,
    count: 3,
    text: '3 of 40 responses are server errors: 503 (GET /items)',
    details: { attempts: 40 },
  });
  const outcomeOf = (part: Parameters<typeof report>[0]): string =>
    report({ findings: [slow], conversations: [sound], ...part }).verdict.outcome;

  test('is said with the numbers that show it', () => {
    const alert = finding({ id: 'tls-alert', severity: 'warning', server: sound.server });
    expect(report({ findings: [slow, alert], conversations: [sound] }).verdict).toEqual({
      outcome: 'not-the-network',
      text: 'It is not the network: from pod/client.shop to svc/catalog.shop:80, 3 of 40 responses are server errors: 503 (GET /items); 40 of 40 handshakes answered in 0.4 ms, 0 of 200 data segments sent again, the server took up to 2.9 s to answer; 1 more warning below.',
    });
  });

  test('a cause at one of the ends is named, and what it explains is no further warning', () => {
    const alert = finding({ id: 'tls-alert', severity: 'warning', server: sound.server });
    const slowServer = cause({
      id: 'server-slow',
      confidence: 'likely',
      text: 'Port 80 of Service shop/catalog takes up to 2.9 s to answer',
      findingIndexes: [0, 1],
    });
    expect(report({ findings: [slow, alert], causes: [slowServer], conversations: [sound] }).verdict).toEqual(
      {
        outcome: 'not-the-network',
        text: 'It is not the network: likely port 80 of Service shop/catalog takes up to 2.9 s to answer; 40 of 40 handshakes answered in 0.4 ms, 0 of 200 data segments sent again, the server took up to 2.9 s to answer.',
      },
    );
  });

  test('data that the receiver had already is no loss', () => {
    const twice = { ...sound, segments: { fromClient: none, fromServer: { ...none, spurious: 2 } } };
    expect(report({ findings: [slow], conversations: [twice] }).verdict.text).toContain(
      '0 of 200 data segments lost',
    );
  });

  test('conversations of others do not matter', () => {
    const other = group({ server: '10.96.0.99:80', outcomes: outcomes({ silent: 1 }) });
    expect(outcomeOf({ conversations: [sound, other] })).toBe('not-the-network');
  });

  test('that the server is slow is no word against it', () => {
    const split = { id: 'latency-split', severity: 'info', server: sound.server } as const;
    expect(outcomeOf({ findings: [slow, finding({ ...split, details: { by: 'server' } })] })).toBe(
      'not-the-network',
    );
    expect(outcomeOf({ findings: [slow, finding({ ...split, details: { roundTripMs: 900 } })] })).toBe(
      'findings',
    );
  });

  test.each<[string, Parameters<typeof report>[0]]>([
    [
      'a finding about the network beside it',
      { findings: [slow, finding({ id: 'tcp-loss', severity: 'warning', server: '10.0.0.9:1' })] },
    ],
    [
      'a note about the network in the same conversations',
      { findings: [slow, finding({ id: 'tcp-reordering', severity: 'info', server: sound.server })] },
    ],
    [
      'a capture that lost packets',
      { findings: [slow, finding({ id: 'capture-incomplete', severity: 'warning', client: '' })] },
    ],
    ['a cause in the cluster', { causes: [cause()] }],
    ['a policy that may be behind it', { policySuspects: [{ findingIndexes: [0], text: 'x', next: '' }] }],
    ['conversations that are not known', { conversations: [] }],
    [
      'a handshake that failed',
      { conversations: [{ ...sound, outcomes: outcomes({ answered: 39, silent: 1 }) }] },
    ],
    ['no handshake in sight', { conversations: [{ ...sound, outcomes: outcomes({ unjudged: 40 }) }] }],
    [
      'a segment that was sent again',
      {
        conversations: [
          { ...sound, segments: { fromClient: none, fromServer: { ...none, retransmissions: 1 } } },
        ],
      },
    ],
  ])('is not said with %s', (_name, part) => {
    expect(outcomeOf(part)).toBe('findings');
  });
});

describe('nothing wrong is only said when something was seen', () => {
  test('connections that failed without a fault are said to be told below, others to be too few', () => {
    const conversations = [group({ conversations: 9, outcomes: outcomes({ answered: 7, refused: 2 }) })];
    const told = finding({ id: 'tcp-refused', severity: 'info' });
    expect(report({ conversations, findings: [told] }).verdict.text).toContain(
      'and 2 failed, which is no fault, as told below.',
    );
    expect(report({ conversations }).verdict.text).toContain('and 2 failed, too few to call it a fault.');
  });

  test('healthy counts what was seen', () => {
    const healthy = report({
      conversations: [group({ conversations: 1, outcomes: outcomes({ answered: 1 }) })],
      dns: [dnsRow({ queries: 1 })],
    });
    expect(healthy.verdict).toEqual({
      outcome: 'healthy',
      text: 'No network problem seen: 1 conversation and 1 DNS query in 30 s, and none failed.',
    });
  });

  test('notes alone leave it healthy', () => {
    expect(
      report({ conversations: [group()], findings: [finding({ id: 'captured-twice', severity: 'info' })] })
        .verdict.outcome,
    ).toBe('healthy');
  });

  test.each([
    [
      'no packet',
      report({ captures: [capture({ packets: 0, firstSeen: '', lastSeen: '' })] }),
      'no-traffic',
      /No packet was captured at pod\/shop\/client eth0; this does not mean/,
    ],
    ['no capture', report({ captures: [] }), 'no-traffic', /No packet was captured; /],
    [
      'packets of other kinds only',
      report({ captures: [capture({ packets: 1 })] }),
      'no-traffic',
      /only 1 packet of other kinds/,
    ],
    [
      'a damaged file without packets',
      report({ captures: [capture({ packets: 0, problems: ['The file is cut at byte 24'] })] }),
      'incomplete',
      /^No packet could be read: the file is cut at byte 24\.$/,
    ],
    [
      'too many drops',
      report({
        conversations: [group()],
        findings: [
          finding({ id: 'capture-incomplete', severity: 'warning', text: 'The kernel dropped 900 packets.' }),
        ],
      }),
      'incomplete',
      /not complete enough .*: the kernel dropped 900 packets\.$/,
    ],
    [
      'conversations that are too young',
      report({ conversations: [group({ conversations: 2, outcomes: outcomes({ pending: 2 }) })] }),
      'incomplete',
      /None of 2 conversations can be judged: too young/,
    ],
    [
      'conversations in one direction',
      report({ conversations: [group({ conversations: 2, outcomes: outcomes({ unjudged: 2 }) })] }),
      'incomplete',
      /one direction only/,
    ],
  ])('%s', (_name, { verdict }, outcome, text) => {
    expect(verdict.outcome).toBe(outcome);
    expect(verdict.text).toMatch(text);
  });
});
