import type { ConversationJudge } from '../conversations/view.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Crossing } from '../matching/crossing.ts';
import type { Finding, FindingId, Severity } from './finding.ts';

/** What `explain ID` and the documentation page of a finding say; one clause or sentence each. */
export interface FindingDoc {
  readonly title: string;
  /** What is seen in the packets. */
  readonly seen: string;
  /** What it means for the application. */
  readonly meaning: string;
  /** Likely reasons in Kubernetes, most frequent first. */
  readonly causes: readonly string[];
  /** When the finding misleads, and what is done against it. */
  readonly misleads: readonly string[];
  /** What to run or look at next. */
  readonly next: readonly string[];
}

/**
 * A detector: a pure judgement over what was observed in one capture. It never throws, knows no other
 * detector, and names symptoms, not causes.
 */
export interface Detector {
  readonly id: FindingId;
  /** The worst severity it gives. */
  readonly severity: Severity;
  readonly doc: FindingDoc;
  /** Looks at each conversation when it is over, where counts of the group are not enough. */
  readonly judge?: ConversationJudge;
  /** It wants to see connections as well in which nothing was sent again, reset or held back (conversations/calm.ts). */
  readonly judgesCalm?: true;
  detect(observations: Observations): Finding[];
  /** Judges what several captures of one incident show together. */
  compare?(crossing: Crossing): Finding[];
}
