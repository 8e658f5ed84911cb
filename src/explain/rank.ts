import type { Finding } from '../detect/finding.ts';
import type { DraftCause, Explainer, PlacedFinding } from './explainer.ts';
import type { Cause, CauseConfidence, CauseId } from './explanation.ts';
import { isRejectedAtDestination, isSilence } from './policies.ts';

const CONFIDENCES: readonly CauseConfidence[] = ['certain', 'likely', 'possible'];
const SEVERITIES: readonly Finding['severity'][] = ['error', 'warning', 'info'];
/** Of causes that are equally sure, the one that says more comes first. */
const TELLING: readonly CauseId[] = [
  'coredns-down',
  'service-selector-mismatch',
  'target-port-mismatch',
  'endpoints-not-ready',
  'local-traffic-policy-without-endpoint',
  'stale-endpoint',
  'service-without-endpoints',
  'node-bridge-nf-off',
  'node-ip-forward-off',
  'policy-blocks-dns',
  'networkpolicy-denies',
  'dns-name-misspelt',
];

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
    if (draft.confidence === 'possible' || explainer.judgesPolicies === true)
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

/** Causes in order of rank: confidence, severity of the worst finding, place of the first finding, how much the cause says. */
export function rankCauses(causes: readonly Cause[], findings: readonly PlacedFinding[]): Cause[] {
  const severity = (cause: Cause): number =>
    Math.min(
      ...cause.findingIndexes.map((index) => SEVERITIES.indexOf(findings[index]?.finding.severity ?? 'info')),
    );
  return causes.toSorted(
    (a, b) =>
      CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence) ||
      severity(a) - severity(b) ||
      (a.findingIndexes[0] ?? 0) - (b.findingIndexes[0] ?? 0) ||
      TELLING.indexOf(a.id) - TELLING.indexOf(b.id),
  );
}
