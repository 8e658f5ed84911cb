import { splitServer } from '../cluster/address.ts';
import { packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { askerOf, besides, capital, farSideOf, podStates, type FarSide } from './far-side.ts';
import { readSysctl } from './node-sysctl.ts';

/** Idle limits in seconds, to compare a silence with; each holds "at the latest after". */
interface Limit {
  readonly seconds: number;
  readonly whose: string;
  /** Where it can stand: between pods of the cluster, or on the way out of it. */
  readonly where: 'inside' | 'outside';
}

/**
 * Vendors' documented defaults: AWS NLB 350 s, Azure 240 s, GCP 600 s; kube-proxy's IPVS 900 s and conntrack
 * (--conntrack-tcp-timeout-established 24 h, close-wait 1 h), the kernel's own 5 days; Envoy's idle_timeout 1 h.
 */
const LIMITS: readonly Limit[] = [
  { seconds: 60, whose: 'many proxies', where: 'inside' },
  { seconds: 240, whose: 'Azure load balancers', where: 'outside' },
  { seconds: 350, whose: 'AWS network load balancers and NAT gateways', where: 'outside' },
  { seconds: 600, whose: 'GCP load balancers', where: 'outside' },
  { seconds: 900, whose: 'nodes whose kube-proxy uses IPVS', where: 'inside' },
  { seconds: 3600, whose: 'Envoy, and so most meshes and gateways', where: 'inside' },
  { seconds: 86_400, whose: 'the connection tracking of nodes, as kube-proxy sets it', where: 'inside' },
];

/** Somebody forgot or closed the connection while nothing was sent on it. */
export const idleTimeout: Explainer = {
  id: 'idle-timeout',
  doc: {
    title: 'The connection was dropped while it was idle',
    meaning:
      'Load balancers, proxies, the connection tracking of nodes and servers keep a connection on which nothing is sent for a limited time only. The client’s pool keeps it longer and takes it for open; its next request is reset. A Service’s connection whose tracking entry is gone is sent to any of its endpoints, of which most do not know it.',
    recognition:
      'A reset that answers the first data after half a minute of silence or more; or requests that cross with the server’s closing, each after the same silence.',
    caveats:
      'Who dropped it is not seen from one place: the silence is only an upper bound of the limit. check --duration tries it: it keeps connections unused for so long, then uses them. A pod that was replaced meanwhile resets too; where the server’s pod is younger than the connection, the cause is only possible.',
    fix: 'Send TCP or application keep-alives more often than the shortest limit on the way, or let the client’s pool drop idle connections sooner.',
  },
  explain(situation: Situation): Explained {
    return {
      causes: situation.findings.flatMap((placed) =>
        placed.finding.id === 'tcp-reset-after-idle'
          ? [forgotten(placed, situation)]
          : placed.finding.id === 'http-keep-alive-race'
            ? [closedByServer(placed, situation)]
            : [],
      ),
      unknowns: [],
    };
  },
};

function forgotten(placed: PlacedFinding, situation: Situation): DraftCause {
  const far = farSideOf(placed, situation);
  const told = besides(placed, situation, (other) => isToldBy(placed, other));
  const idleSeconds = (placed.finding.details.longestMs ?? 0) / 1000;
  const isInside = situation.directory.lookup(splitServer(placed.finding.server).address).kind !== 'external';
  const limits = LIMITS.filter(
    ({ where, seconds }) => where === (isInside ? 'inside' : 'outside') && seconds <= idleSeconds,
  );
  const balanced = far.service !== null && far.pods.length > 1;
  return {
    confidence: confidenceOf(placed, far, idleSeconds),
    findingIndexes: [placed, ...told].map(({ index }) => index),
    text: `Connections of ${askerOf(placed)} to ${far.name} are dropped while they are idle: at the latest after ${seconds(idleSeconds)} somebody on the way has forgotten them`,
    evidence: [
      packets(placed),
      ...ttlEvidence(placed),
      ...limits.map(({ seconds: limit, whose }) => `${whose} forget a connection after ${seconds(limit)}`),
      ...(balanced
        ? [
            `Service ${path(far.service)} has ${far.pods.length} endpoints: a node that has forgotten a connection sends it to any of them, and one that does not know it resets`,
          ]
        : []),
      ...podStates(far),
    ],
    fix: keepAlive(idleSeconds),
    next:
      isInside && placed.client !== null
        ? readSysctl(
            placed.client.node,
            'net.netfilter.nf_conntrack_tcp_timeout_established',
            situation.image,
          )
        : 'kubectl netdebug explain tcp-reset-after-idle',
  };
}

/** Whether these are the requests on the connections that were reset: no more of them, in the same frames. */
function isToldBy({ finding }: PlacedFinding, { finding: other }: PlacedFinding): boolean {
  return (
    other.id === 'http-no-response' &&
    other.count <= finding.count &&
    other.frames.every((frame) => finding.frames.includes(frame))
  );
}

/** Lower where the pods that serve are younger than the connection: then it was not its idleness. */
function confidenceOf({ finding }: PlacedFinding, { pods }: FarSide, idleSeconds: number): CauseConfidence {
  const beganMs = Date.parse(finding.firstSeen) - idleSeconds * 1000;
  return pods.some(({ createdAt, restarts }) => Date.parse(createdAt) > beganMs || restarts > 0)
    ? 'possible'
    : 'likely';
}

function ttlEvidence({ finding }: PlacedFinding): string[] {
  const { refusalTtl = 0, hostTtl = 0 } = finding.details;
  return refusalTtl > 0 && hostTtl > 0 && refusalTtl !== hostTtl
    ? [
        `the resets have time to live ${refusalTtl}, the packets that set the connection up ${hostTtl}: another host sent them`,
      ]
    : [];
}

function closedByServer(placed: PlacedFinding, situation: Situation): DraftCause {
  const far = farSideOf(placed, situation);
  const idleSeconds = (placed.finding.details.longestMs ?? 0) / 1000;
  return {
    confidence: placed.finding.confidence === 'high' ? 'likely' : 'possible',
    findingIndexes: [placed.index],
    text: `${capital(far.name)} closes connections that are idle for ${seconds(idleSeconds)}, and ${askerOf(placed)} keeps them longer: requests cross with the closing`,
    evidence: [packets(placed), ...podStates(far)],
    fix: `set the keep-alive timeout of the server higher than the idle time for which ${askerOf(placed)} keeps connections, or that one below ${seconds(idleSeconds)}`,
    next: 'kubectl netdebug explain http-keep-alive-race',
  };
}

/** A third of what was seen, so that a lost probe or two do no harm. */
function keepAlive(idleSeconds: number): string {
  const every = Math.max(5, Math.floor(idleSeconds / 3));
  return [
    'let the client’s pool drop idle connections sooner, or let it send TCP keep-alives (SO_KEEPALIVE) more often, as in the pod’s spec:',
    'securityContext:',
    '  sysctls:',
    '    - name: net.ipv4.tcp_keepalive_time',
    `      value: "${every}"`,
  ].join('\n');
}

function seconds(value: number): string {
  return `${Number(value.toFixed(1))} s`;
}
