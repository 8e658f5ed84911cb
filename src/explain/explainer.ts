import type { Directory } from '../cluster/directory.ts';
import type { Facts, PodFacts, ServiceFacts } from '../cluster/facts.ts';
import type { ConversationGroup } from '../conversations/conversation.ts';
import type { Finding } from '../detect/finding.ts';
import type { JudgedFlow } from './judged-flows.ts';
import type { Enforcer } from './enforcer.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import type { Cause, CauseId, PolicySuspect, Unknown } from './explanation.ts';
import type { ServiceView } from '../service/port-view.ts';

/** A finding with what the cluster knows about its two ends. */
export interface PlacedFinding {
  /** Index into the report's `findings`. */
  readonly index: number;
  readonly finding: Finding;
  readonly address: string;
  /** 0: the finding has no port. */
  readonly port: number;
  /** The Service that was dialled. */
  readonly service: ServiceFacts | null;
  /** The pod that dialled. */
  readonly client: PodFacts | null;
  /** All conversations with the same server, healthy ones included. */
  readonly group: ConversationGroup | null;
  /** Policies that may be behind it; empty where the symptom is none that a policy makes. */
  readonly suspects: readonly PolicySuspect[];
  /** Whether some of the suspects could not be evaluated: policies that were not read, or of other vendors. */
  readonly unjudgedSuspects: boolean;
  /** What the policies say about each way the traffic may go; empty where the symptom is none that a policy makes. */
  readonly flows: readonly JudgedFlow[];
}

/** All that an explainer may look at. */
export interface Situation {
  readonly findings: readonly PlacedFinding[];
  /** Every group of the run: healthy ones are the counter-evidence. */
  readonly groups: readonly ConversationGroup[];
  readonly facts: Facts;
  readonly directory: Directory;
  /** State of the Service port that a finding dialled; null if it dialled none. */
  viewOf(placed: PlacedFinding): ServiceView | null;
  readonly enforcer: Enforcer;
  readonly policies: PolicyIndex;
  /** Image for printed `kubectl debug node/…` commands. */
  readonly image: string;
}

/** A cause before the registry adds its id and the ids of its findings. */
export interface DraftCause extends Omit<Cause, 'id' | 'findings'> {
  /** It was read where it happens and is enough by itself: a policy that may deny as well takes nothing from it. */
  readonly isRead?: true;
}

export interface Explained {
  readonly causes: readonly DraftCause[];
  readonly unknowns: readonly Unknown[];
}

/** The page that `explain ID` and the documentation print. */
export interface CauseDoc {
  readonly title: string;
  readonly meaning: string;
  readonly recognition: string;
  /** When it misleads. */
  readonly caveats: string;
  readonly fix: string;
}

/** One cause: one file whose name is its id, a page and a pure function. */
export interface Explainer {
  readonly id: CauseId;
  readonly doc: CauseDoc;
  /** It weighs the policies itself, so that they do not hold its causes at `possible`. */
  readonly judgesPolicies?: true;
  explain(situation: Situation): Explained;
}
