import type { Directory } from '../cluster/directory.ts';
import type { Facts, PodFacts, ServiceFacts } from '../cluster/facts.ts';
import type { ConversationGroup } from '../conversations/conversation.ts';
import type { Finding } from '../detect/finding.ts';
import type { Cause, CauseId, PolicySuspect, Unknown } from './explanation.ts';
import type { ServiceView } from './service-state.ts';

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
  /** Image for printed `kubectl debug node/…` commands. */
  readonly image: string;
}

/** A cause before the registry adds its id and the ids of its findings. */
export type DraftCause = Omit<Cause, 'id' | 'findings'>;

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
  explain(situation: Situation): Explained;
}
