import type { Finding } from '../detect/finding.ts';
import type { DraftCause, Explainer, PlacedFinding } from './explainer.ts';
import type { Cause, CauseConfidence, CauseId } from './explanation.ts';
import { isRejectedAtDestination, isSilence } from './policies.ts';

const CONFIDENCES: readonly CauseConfidence[] = ['certain', 'likely', 'possible'];
const SEVERITIES: readonly Finding['severity'][] = ['error', 'warning', 'info'];
const ASIDE: ReadonlySet<CauseId> = new Set<CauseId>(['dns-search-amplification', 'policy-without-enforcer']);
/** Of causes that are equally sure, the one that says more comes first. */
const TELLING: readonly CauseId[] = [
  'gateway-not-accepted',
  'ingress-backend-missing',
  'pod-asks-other-dns',
  'coredns-misconfigured',
  'coredns-down',
  'service-selector-mismatch',
  'target-port-mismatch',
  'pod-gone',
  'server-crashed',
  'listens-on-loopback',
  'nobody-listens',
  'accept-queue-full',
  'one-bad-endpoint',
  'endpoints-not-ready',
  'local-traffic-policy-without-endpoint',
  'stale-endpoint',
  'service-without-endpoints',
  'conntrack-full',
  'node-firewall',
  'node-rp-filter',
  'kube-proxy-stale',
  'overlay-blocked',
  'hairpin-off',
  'mtu-too-large',
  'node-bridge-nf-off',
  'node-ip-forward-off',
  'policy-blocks-dns',
  'networkpolicy-denies',
  'external-name-misleading',
  'dns-name-misspelt',
  'coredns-upstream-dead',
  'dns-conntrack-race',
  'dns-search-amplification',
  'tls-certificate-expired',
  'tls-name-mismatch',
  'mesh-mtls-mismatch',
  'tls-to-plaintext',
  'plaintext-to-tls',
  'idle-timeout',
  'client-slow',
  'server-slow',
  'image-cannot-capture',
  'policy-without-enforcer',
];

/** Whether a cause is never the reason why something fails. */
export function isAside(id: CauseId): boolean {
  return ASIDE.has(id);
}

/**
 * Makes causes of one explainer's drafts. As long as a policy may be behind a finding, no cause of it is above
 * `possible`; a draft that also explains findings no policy makes is split in two.
 */
export function finishCauses(
  explainer: Explainer,
  drafts: readonly DraftCause[],
  findings: readonly PlacedFinding[],
): Cause[] {
  return drafts.flatMap((draft) => {
    if (draft.confidence === 'possible' || explainer.judgesPolicies === true || draft.isRead === true)
      return [finish(explainer, draft, draft.findingIndexes, draft.confidence, findings)];
    const doubtful = draft.findingIndexes.filter((index) => isDoubtful(findings[index]));
    const sure = draft.findingIndexes.filter((index) => !doubtful.includes(index));
    return [
      ...(sure.length > 0 ? [finish(explainer, draft, sure, draft.confidence, findings)] : []),
      ...(doubtful.length > 0 ? [finish(explainer, draft, doubtful, 'possible', findings)] : []),
    ];
  });
}

function isDoubtful(placed: PlacedFinding | undefined): boolean {
  return (
    placed !== undefined &&
    placed.suspects.length > 0 &&
    (isSilence(placed.finding) || isRejectedAtDestination(placed.finding, placed.address))
  );
}

function finish(
  { id, judgesPolicies }: Explainer,
  draft: DraftCause,
  indexes: readonly number[],
  confidence: CauseConfidence,
  findings: readonly PlacedFinding[],
): Cause {
  const own = indexes.toSorted((a, b) => a - b);
  const suspects = [
    ...new Set(own.flatMap((index) => findings[index]?.suspects.map(({ text }) => text) ?? [])),
  ];
  return {
    id,
    confidence,
    findings: [...new Set(own.flatMap((index) => findings[index]?.finding.id ?? []))],
    findingIndexes: own,
    text: draft.text,
    evidence: [
      ...draft.evidence,
      ...(suspects.length > 0 && confidence === 'possible' && judgesPolicies !== true
        ? [`not above possible: ${suspects[0] ?? ''}`]
        : []),
    ],
    fix: draft.fix,
    next: draft.next,
  };
}

/** Causes in order of rank: those that may be the reason of a failure first; then confidence, severity of the worst finding, place of the first finding, how much the cause says. */
export function rankCauses(causes: readonly Cause[], findings: readonly PlacedFinding[]): Cause[] {
  const severity = (cause: Cause): number =>
    Math.min(
      ...cause.findingIndexes.map((index) => SEVERITIES.indexOf(findings[index]?.finding.severity ?? 'info')),
    );
  return causes.toSorted(
    (a, b) =>
      Number(isAside(a.id)) - Number(isAside(b.id)) ||
      CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence) ||
      severity(a) - severity(b) ||
      (a.findingIndexes[0] ?? 0) - (b.findingIndexes[0] ?? 0) ||
      TELLING.indexOf(a.id) - TELLING.indexOf(b.id),
  );
}
