import type { Finding, FindingConfidence, FindingId } from './finding.ts';

/** What says that the capture does not show everything. */
const GAPS: ReadonlySet<FindingId> = new Set(['capture-incomplete', 'damaged-capture', 'one-way-capture']);
/** What is about the capture itself is as sure as before. */
const ABOUT_CAPTURE: ReadonlySet<FindingId> = new Set([
  ...GAPS,
  'captured-twice',
  'midstream-capture',
  'offload',
  'opaque-traffic',
]);
const LOWER: Readonly<Record<FindingConfidence, FindingConfidence>> = {
  high: 'medium',
  medium: 'low',
  low: 'low',
};

/** The findings of one capture, each less sure by one step where the capture misses more than a little. */
export function withConfidence(findings: readonly Finding[]): Finding[] {
  const hasGaps = findings.some(({ id, severity }) => GAPS.has(id) && severity !== 'info');
  if (!hasGaps) return [...findings];
  return findings.map((finding) =>
    ABOUT_CAPTURE.has(finding.id) ? finding : { ...finding, confidence: LOWER[finding.confidence] },
  );
}
