import type { CaptureSummary } from '../../src/capture/capture.ts';
import type {
  ApplicationRow,
  AttemptOutcomes,
  ConversationGroup,
} from '../../src/conversations/conversation.ts';
import type { Finding } from '../../src/detect/finding.ts';
import type { Cause } from '../../src/explain/explanation.ts';
import { PLAIN } from '../../src/report/colour.ts';
import type { RenderOptions } from '../../src/report/layout.ts';
import type { DnsNameRow, Report } from '../../src/report/report.ts';
import { verdict } from '../../src/report/verdict.ts';

/** Reports built by hand: each builder fills in what a test does not care about. */

export const OPTIONS: RenderOptions = { paint: PLAIN, utcOffsetMinutes: 60, widthCells: 0 };

export function capture(part: Partial<CaptureSummary> = {}): CaptureSummary {
  return {
    vantagePoint: 'pod/shop/client eth0',
    node: 'worker-1',
    addresses: ['10.244.1.5'],
    container: 'netdebug-4f1c2a',
    packets: 1842,
    bytes: 267_264,
    dropped: 0,
    firstSeen: '2026-11-21T10:04:12.104233Z',
    lastSeen: '2026-11-21T10:04:42.020111Z',
    ended: 'duration',
    problems: [],
    ...part,
  };
}

export function finding(part: Partial<Finding> = {}): Finding {
  return {
    id: 'tcp-syn-no-answer',
    severity: 'error',
    confidence: 'high',
    capture: 0,
    client: '10.244.1.5',
    server: '10.96.3.4:443',
    protocol: 'TCP',
    count: 12,
    firstSeen: '2026-11-21T10:04:13.000120Z',
    lastSeen: '2026-11-21T10:04:41.730990Z',
    frames: [113, 148, 207, 302, 377],
    text: 'all 12 connections got no answer: 48 SYNs, nothing back',
    details: { attempts: 12, succeeded: 0, synSegments: 48 },
    ...part,
  };
}

export function cause(part: Partial<Cause> = {}): Cause {
  return {
    id: 'service-without-endpoints',
    confidence: 'certain',
    findings: ['tcp-syn-no-answer'],
    findingIndexes: [0],
    text: 'Service shop/payments has no endpoints: no pod has app=paymnts',
    evidence: [
      '48 SYN left for 10.96.3.4:443 and nothing came back (frame 113)',
      'Service shop/payments: selector app=paymnts matches 0 of 9 pods',
    ],
    fix: 'kubectl patch service payments -n shop --type merge --dry-run=server -p \'{"spec":{"selector":{"app":"payments"}}}\'',
    next: 'kubectl get endpointslices -n shop -l kubernetes.io/service-name=payments',
    ...part,
  };
}

export function outcomes(part: Partial<AttemptOutcomes> = {}): AttemptOutcomes {
  return {
    answered: 0,
    refused: 0,
    rejected: 0,
    silent: 0,
    answeredByOther: 0,
    pending: 0,
    unjudged: 0,
    ...part,
  };
}

export function group(part: Partial<ConversationGroup> = {}): ConversationGroup {
  return {
    capture: 0,
    client: '10.244.1.5',
    server: '10.96.0.20:80',
    serverAddress: '10.96.0.20',
    serverPort: 80,
    protocol: 'TCP',
    conversations: 40,
    packets: 400,
    bytes: 48_000,
    outcomes: outcomes({ answered: 40 }),
    states: { SF: 39, S1: 1 },
    history: 'ShADadFf',
    handshakeMs: 0.4,
    handshakeP95Ms: 1.2,
    dataRoundTripMs: 0.6,
    dataRoundTripP95Ms: 1.9,
    serverMs: 3.1,
    serverP95Ms: 11.8,
    longestServerMs: 12.5,
    longestClientMs: 80,
    segments: {
      fromClient: { data: 80, retransmissions: 1, spurious: 0, outOfOrder: 0 },
      fromServer: { data: 120, retransmissions: 2, spurious: 0, outOfOrder: 0 },
    },
    applications: ['HTTP/1.1'],
    firstSeen: '2026-11-21T10:04:12.204233Z',
    lastSeen: '2026-11-21T10:04:42.020111Z',
    ...part,
  };
}

export function dnsRow(part: Partial<DnsNameRow> = {}): DnsNameRow {
  return {
    capture: 0,
    client: '10.244.1.5',
    server: '10.96.0.10:53',
    name: 'payments.shop.svc.cluster.local',
    type: 'A',
    result: 'NOERROR',
    queries: 24,
    wasted: 0,
    answerMs: 0.7,
    answerP95Ms: 2.4,
    ...part,
  };
}

export function applicationRow(part: Partial<ApplicationRow> = {}): ApplicationRow {
  return {
    capture: 0,
    client: '10.244.1.5',
    server: '10.96.0.20:80',
    kind: 'http-exchange',
    fields: { method: 'GET', host: 'catalog.shop', path: '/items/{n}', status: 200 },
    count: 40,
    averageMs: 3.5,
    medianMs: 3.1,
    p95Ms: 11.8,
    longestMs: 12.5,
    firstSeen: '2026-11-21T10:04:12.204233Z',
    lastSeen: '2026-11-21T10:04:42.020111Z',
    frames: [310, 312],
    ...part,
  };
}

/** Names as explain gives them. */
export const NAMES: Readonly<Record<string, string>> = {
  '10.244.1.5': 'pod/client.shop',
  '10.96.3.4': 'svc/payments.shop',
  '10.96.0.20': 'svc/catalog.shop',
  '10.96.0.10': 'svc/kube-dns.kube-system',
};

/** A report whose verdict is made by the code under test. */
export function report(part: Partial<Omit<Report, 'verdict' | 'tool' | 'schemaVersion'>> = {}): Report {
  const parts = {
    captures: [capture()],
    findings: [],
    causes: [],
    policySuspects: [],
    unknowns: [],
    conversations: [],
    dns: [],
    pairs: [],
    latencies: [],
    comparisons: [],
    applications: [],
    names: NAMES,
    seenNames: {},
    ...part,
  };
  return {
    schemaVersion: '1.0',
    tool: { name: 'kubectl-netdebug', version: '0.1.0' },
    verdict: verdict(parts),
    ...parts,
  };
}
