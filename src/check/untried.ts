import type { Facts } from '../cluster/facts.ts';
import { explain } from '../explain/index.ts';
import type { CheckCause, CheckLayer, CheckReport } from './check-report.ts';
import { findingOf } from './expected.ts';
import { checkVerdict } from './verdict.ts';

/** Why nothing could be tried, and what to do about it, which may be empty. */
export interface Obstacle {
  readonly why: string;
  readonly next: string;
}

/** What the objects say stands; that nothing could be tried is said, and why where that has a cause of its own. */
export function untriedReport(report: CheckReport, { why, next }: Obstacle, facts: Facts): CheckReport {
  const layers: CheckLayer[] = [
    ...report.layers,
    { id: 'connect', status: 'unknown', seen: `nothing could be tried: ${why}`, fix: '', next },
  ];
  const causes = [...obstacleCauses(why, facts), ...report.causes];
  const ends = { from: report.from, to: report.to, isProbed: false };
  return { ...report, layers, causes, verdict: checkVerdict(layers, causes, ends) };
}

/** A debug container that cannot be used is explained as a trace explains a place where nothing was captured. */
function obstacleCauses(why: string, facts: Facts): CheckCause[] {
  const nowhere = {
    ...findingOf({ id: 'capture-incomplete', client: '', dial: { address: '', port: 0 }, protocol: '' }),
    text: `nothing was captured here: ${why}`,
  };
  return explain([nowhere], [], facts, {}).causes.map(({ id, confidence, text, evidence, fix, next }) => ({
    id,
    layer: 'connect',
    confidence,
    text,
    evidence,
    fix,
    next,
  }));
}
