import type { Finding } from '../../src/detect/finding.ts';
import type { Report } from '../../src/report/report.ts';
import { applicationRow, capture, cause, dnsRow, finding, group, outcomes, report } from './builders.ts';

const searchWaste: Finding = finding({
  id: 'dns-search-waste',
  severity: 'warning',
  protocol: 'UDP',
  server: '10.96.0.10:53',
  count: 24,
  frames: [28, 29, 32, 33],
  text: 'api.taxrates.example was tried in 4 search domains before the name itself: +88 ms per lookup',
  details: {
    addedMs: 88,
    walks: [
      {
        name: 'api.taxrates.example',
        candidates: ['api.taxrates.example.shop.svc.cluster.local', 'api.taxrates.example'],
        types: ['A', 'AAAA'],
        queries: 120,
        nxdomain: 96,
      },
    ],
  },
});

const NO_SEGMENTS = { data: 0, retransmissions: 0, spurious: 0, outOfOrder: 0 };
/** A group in which no data was sent over TCP. */
const NO_DATA = {
  dataRoundTripMs: null,
  dataRoundTripP95Ms: null,
  serverMs: null,
  serverP95Ms: null,
  longestServerMs: null,
  longestClientMs: null,
  segments: { fromClient: NO_SEGMENTS, fromServer: NO_SEGMENTS },
  applications: [],
};
const silentGroup = group({
  server: '10.96.3.4:443',
  serverAddress: '10.96.3.4',
  serverPort: 443,
  conversations: 12,
  packets: 48,
  bytes: 3552,
  outcomes: outcomes({ silent: 12 }),
  handshakeMs: null,
  handshakeP95Ms: null,
  states: { S0: 12 },
  history: 'S',
  ...NO_DATA,
});
const dnsGroup = group({
  server: '10.96.0.10:53',
  serverAddress: '10.96.0.10',
  serverPort: 53,
  protocol: 'UDP',
  conversations: 120,
  packets: 240,
  bytes: 24_000,
  outcomes: outcomes({ answered: 120 }),
  handshakeMs: 0.7,
  handshakeP95Ms: 1.4,
  states: {},
  history: null,
  ...NO_DATA,
});

const ESCAPE = '\u001b[2J\u001b]0;owned\u0007';
const BIDI = '\u202egnp.exe';

const payments = capture({
  vantagePoint: 'pod/shop/payments-66f7d4c9b8-qm4tz eth0',
  node: 'worker-2',
  addresses: ['10.244.2.17'],
  container: 'netdebug-b07d11',
  packets: 370,
});
/** SYNs that leave the client and never come to the server, whose capture goes on meanwhile. */
const bothEnds: Report = report({
  captures: [capture(), payments],
  findings: [
    finding(),
    finding({
      id: 'lost-between',
      count: 48,
      text: '48 packets of the client (48 SYN) left pod/shop/client eth0 and never reached pod/shop/payments-66f7d4c9b8-qm4tz eth0, which captured 370 other packets',
      details: {
        by: 'client',
        synSegments: 48,
        seenAt: [0],
        lastSeenAt: 0,
        missingAt: [1],
        arrived: 0,
        framesThere: [1, 2, 369, 370],
      },
    }),
  ],
  pairs: [
    {
      first: 0,
      second: 1,
      matched: 322,
      missedByFirst: 0,
      missedBySecond: 2,
      clockOffsetMs: 5000.011,
      clockErrorMs: 0.042,
      thereMs: 0.131,
      backMs: 0.127,
      problem: '',
    },
  ],
  conversations: [silentGroup],
});

/** The reports behind the golden files: file name → report. */
export const SCENARIOS: Readonly<Record<string, Report>> = {
  'error-certain': report({
    findings: [finding(), searchWaste],
    causes: [cause()],
    conversations: [silentGroup, dnsGroup, group()],
    dns: [
      dnsRow(),
      dnsRow({
        name: 'api.taxrates.example.shop.svc.cluster.local',
        result: 'NXDOMAIN',
        queries: 24,
        wasted: 24,
      }),
    ],
    unknowns: [
      {
        what: 'node sysctl net.ipv4.ip_forward on worker-1',
        why: 'nodes/proxy is forbidden for user dev',
        next: 'kubectl debug node/worker-1 -it --image=busybox -- sysctl net.ipv4.ip_forward',
      },
    ],
  }),
  'error-unproven': report({
    findings: [finding()],
    causes: [
      cause({
        id: 'node-ip-forward-off',
        confidence: 'possible',
        text: 'node worker-1 may not forward packets to other nodes',
        fix: 'sysctl -w net.ipv4.ip_forward=1',
      }),
      cause({
        id: 'stale-endpoint',
        confidence: 'possible',
        text: 'EndpointSlice shop/payments-x may name an address that no pod has',
      }),
    ],
    conversations: [silentGroup],
    policySuspects: [
      {
        findingIndexes: [0],
        text: 'a NetworkPolicy may be dropping this: shop/default-deny selects the client pod shop/client',
        next: 'kubectl describe networkpolicy default-deny -n shop',
      },
    ],
  }),
  'error-shared-cause': report({
    findings: [
      finding({
        id: 'dns-no-answer',
        protocol: 'UDP',
        server: '10.96.0.10:53',
        count: 20,
        text: 'all 20 queries got no answer',
        details: {
          attempts: 20,
          succeeded: 0,
          names: ['payments.shop.svc.cluster.local', 'catalog.shop.svc.cluster.local'],
        },
      }),
      finding({
        id: 'dns-port-unreachable',
        protocol: 'UDP',
        server: '10.96.0.10:53',
        count: 1,
        frames: [9],
        text: '1 of 21 queries was rejected by ICMP "port unreachable" from 10.244.1.1',
        details: {
          attempts: 21,
          succeeded: 0,
          icmp: { sender: '10.244.1.1', type: 3, code: 3, meaning: 'port unreachable' },
        },
      }),
    ],
    causes: [
      cause({
        id: 'coredns-down',
        confidence: 'likely',
        findings: ['dns-no-answer', 'dns-port-unreachable'],
        findingIndexes: [0, 1],
        text: 'CoreDNS (Deployment/coredns in kube-system) wants 0 replicas',
        fix: 'kubectl scale deployment coredns -n kube-system --replicas=2',
        next: 'kubectl get pods -n kube-system -l k8s-app=kube-dns',
      }),
    ],
    conversations: [group({ conversations: 1, packets: 9 })],
  }),
  'warning-only': report({ findings: [searchWaste], conversations: [dnsGroup, group()] }),
  healthy: report({
    conversations: [
      group(),
      dnsGroup,
      group({
        server: '203.0.113.9:443',
        serverAddress: '203.0.113.9',
        serverPort: 443,
        conversations: 1,
        packets: 30,
        bytes: 900_000,
      }),
    ],
    dns: [dnsRow()],
    seenNames: { '203.0.113.9': { names: ['api.example'], from: 'DNS' } },
    applications: [
      applicationRow({
        kind: 'grpc-error',
        fields: { path: '/shop.Catalog/Get', status: 5, message: '' },
        count: 2,
        medianMs: 3,
        p95Ms: 3.2,
        longestMs: 3.2,
      }),
      applicationRow(),
      applicationRow({
        fields: { method: 'POST', host: 'catalog.shop', path: '/orders', status: 503, server: 'envoy' },
        count: 1,
        medianMs: 2900,
        p95Ms: 2900,
        longestMs: 2900,
      }),
      applicationRow({
        kind: 'http-no-response',
        fields: { method: 'GET', host: '', path: '/', ended: 'reset' },
        count: 1,
        medianMs: 400,
        p95Ms: 400,
        longestMs: 400,
      }),
      applicationRow({
        kind: 'tls-certificate',
        fields: { client: 'accepted', sni: 'api.example', subject: 'api.example' },
        medianMs: null,
        p95Ms: null,
        longestMs: null,
      }),
      applicationRow({
        server: '203.0.113.9:443',
        kind: 'tls-handshake',
        fields: {
          sni: 'api.example',
          version: 'TLS 1.2',
          alpn: 'h2',
          certificateNotAfter: Date.UTC(2027, 0, 31),
        },
        count: 1,
        medianMs: 21.4,
        p95Ms: 21.4,
        longestMs: 21.4,
        frames: [401, 403],
      }),
      applicationRow({
        kind: 'http-exchange',
        client: '*',
        server: '*',
        fields: {},
        medianMs: null,
        p95Ms: null,
        frames: [],
      }),
    ],
  }),
  'not-the-network': report({
    findings: [
      finding({
        id: 'http-5xx',
        server: '10.96.0.20:80',
        count: 3,
        text: '3 of 40 responses are server errors: 503 (GET catalog.shop/items)',
        details: { attempts: 40 },
      }),
    ],
    conversations: [
      group({
        longestServerMs: 2900,
        segments: {
          fromClient: { ...NO_SEGMENTS, data: 40 },
          fromServer: { ...NO_SEGMENTS, data: 60 },
        },
      }),
    ],
  }),
  'no-traffic': report({ captures: [capture({ packets: 0, bytes: 0, firstSeen: '', lastSeen: '' })] }),
  incomplete: report({
    captures: [
      capture({
        dropped: 900,
        problems: ['the kernel dropped 900 of 2,742 packets before tcpdump read them'],
      }),
    ],
    findings: [
      finding({
        id: 'capture-incomplete',
        severity: 'warning',
        client: '',
        server: '',
        protocol: '',
        count: 900,
        frames: [],
        text: 'the kernel dropped 900 of 2,742 packets',
        details: {},
      }),
    ],
    conversations: [group()],
  }),
  'two-captures': report({
    captures: [
      capture(),
      capture({
        vantagePoint: 'pod/shop/payments-66f7d4c9b8-qm4tz eth0',
        node: 'worker-2',
        addresses: ['10.244.2.17'],
        container: 'netdebug-b07d11',
        packets: 1,
        bytes: 74,
        dropped: null,
      }),
    ],
    findings: [
      finding({
        id: 'tcp-refused',
        capture: 1,
        server: '[fd00:10:244::17]:8443',
        count: 1,
        text: 'the only connection was refused by RST',
        details: { attempts: 1, succeeded: 0 },
      }),
    ],
    conversations: [group()],
  }),
  'both-ends': bothEnds,
  hostile: report({
    captures: [
      capture({
        vantagePoint: `pod/shop/${ESCAPE}client`,
        problems: [`line\nVERDICT   all is fine ${BIDI}`],
        comments: [
          `frame 3: line\nVERDICT   all is fine ${ESCAPE}`,
          ...Array.from({ length: 9 }, (_, i) => `no. ${i}`),
        ],
      }),
    ],
    findings: [
      finding({
        id: 'dns-nxdomain',
        protocol: 'UDP',
        server: '10.96.0.10:53',
        count: 3,
        text: `The name ${ESCAPE}${BIDI} | \`x\` <script> @admin #12 does not exist.`,
        details: { attempts: 3, succeeded: 0, names: [`${BIDI}|\`rm\`${'w'.repeat(600)}`] },
      }),
    ],
    causes: [
      cause({
        findings: ['dns-nxdomain'],
        text: `Service ${ESCAPE} [click](javascript:1) {code}`,
        evidence: [`a ${BIDI}`, '漢字の名前'],
        fix: '```\n</script>\nrm',
      }),
    ],
    names: { '10.244.1.5': `pod/${ESCAPE}.shop`, '10.96.0.10': `svc/漢字${BIDI}.kube-system` },
    conversations: [group({ applications: [`TLS${ESCAPE}`] })],
    applications: [
      applicationRow({ fields: { method: 'GET', host: `${ESCAPE}x`, path: `/${BIDI}`, status: 200 } }),
      applicationRow({ kind: 'mysql-error', fields: { code: 1045, message: `no\nVERDICT ${ESCAPE}` } }),
      applicationRow({
        kind: 'tls-handshake',
        fields: { sni: ESCAPE, version: '', certificateNotAfter: 1e300 },
      }),
    ],
  }),
};
