import type { FindingId } from '../../src/detect/finding.ts';
import type { CauseConfidence, CauseId } from '../../src/explain/explanation.ts';
import type { Cluster } from './cluster.ts';
import type { Instance } from './instances.ts';

/** What a trace of the scenario's target must say, and must not. */
export interface ScenarioExpectation {
  readonly exitStatus: 0 | 1 | 2;
  readonly outcome: 'findings' | 'not-the-network' | 'healthy' | 'no-traffic' | 'incomplete';
  /** Ids that must appear. */
  readonly findings: readonly FindingId[];
  readonly notFindings: readonly FindingId[];
  /** Ids that must appear; the first one has the top rank. */
  readonly causes: readonly CauseId[];
  readonly notCauses: readonly CauseId[];
  /** If set, the first cause must be as sure as this. */
  readonly confidenceAtLeast?: CauseConfidence;
  /** If set, no cause may be surer than this. */
  readonly confidenceAtMost?: CauseConfidence;
  /** If set, no cause at all may be named. */
  readonly withoutCause?: true;
  /** If set, no finding may be graver than `info`. */
  readonly onlyInfo?: true;
}

/** What a fault is about: CI plays one scenario of each, the table holds all. */
export type ScenarioFamily = 'none' | 'application' | 'dns' | 'node' | 'policy' | 'service';

/**
 * A fault on the real cluster: one file in `scenarios/` and one row in its index. The base
 * (`manifests/shop.yaml`) is healthy; a scenario says what differs from it.
 */
export interface Scenario {
  /** File name = name of the recording. */
  readonly name: string;
  /** What is wrong, as a person would say it. */
  readonly title: string;
  readonly family: ScenarioFamily;
  /** The pod networks that it plays on. */
  readonly on: readonly Instance['cni'][];
  /** It disturbs the whole cluster, so that no other may play at the same time. */
  readonly isAlone?: true;
  /** As written: `shop`; another where it is put on another stage (`stage.ts`). */
  readonly namespace: string;
  /**
   * YAML applied over the base; may be empty. Objects that are not in the base carry the label
   * `netdebug.example/scenario`, by which they are removed afterwards.
   */
  readonly manifests: string;
  /** Makes the fault, as far as the manifests do not. */
  faultOn(cluster: Cluster, namespace: string): Promise<void>;
  /** Undoes `faultOn`; also called when that failed half-way or was never called. */
  faultOff(cluster: Cluster, namespace: string): Promise<void>;
  /** Called when the printed fix was applied, for what does not watch the API server by itself. */
  afterFix?(cluster: Cluster, namespace: string): Promise<void>;
  /**
   * Shell script that the client pod runs again and again, 0.3 s apart; empty: it sends nothing. The
   * variables PAYMENTS_1 (on the client's node), PAYMENTS_2 and ORDERS (on the other) hold pod addresses.
   */
  readonly traffic: string;
  /** What the client sends once the fault is undone, where the traffic itself was at fault. */
  readonly trafficAfter?: string;
  /** A command in the client pod that shows that the fault has taken hold: its exit status, curl's mostly. */
  readonly symptom: { readonly command: string; readonly exitStatus: number };
  /** What is traced; after the undo it is the client, for what the scenario added is gone. */
  readonly target: `pod/${string}`;
  /** Further arguments of the trace while the fault is on: pods beside it that are gone after the undo, an image. */
  readonly further?: readonly string[];
  /** For how long, where the usual 15 s are too short to see it. */
  readonly seconds?: number;
  /** Further flags of the trace, such as --read-node. */
  readonly traceFlags?: readonly string[];
  readonly expect: ScenarioExpectation;
  /** TO of `check TARGET TO`, which must name the same cause and call the way open after the undo. */
  readonly check: string;
  /** FROM of that check, where not the target of the trace asks. */
  readonly checkFrom?: `pod/${string}`;
  /** Further flags of that check, while the fault is on. */
  readonly checkFlags?: readonly string[];
  /** The check runs beside the trace: afterwards it is too late to see it. */
  readonly isCheckedMeanwhile?: true;
  /** TO after the undo, where the client itself was at fault. */
  readonly checkAfter?: string;
}

/** For scenarios whose manifests are the whole fault. */
export const noFault: Pick<Scenario, 'faultOn' | 'faultOff'> = {
  faultOn: async () => undefined,
  faultOff: async () => undefined,
};

/** Service payments by its ClusterIP and by its name. */
export const askPayments = `curl -s -m 2 -o /dev/null http://10.96.77.10/
curl -s -m 2 -o /dev/null http://payments/
`;
