import type { Facts } from '../cluster/facts.ts';
import type { Finding, FindingDetails, FindingId } from '../detect/finding.ts';
import { packets } from '../explain/evidence.ts';
import type { Enforcer } from '../explain/enforcer.ts';
import type { CauseId } from '../explain/explanation.ts';
import { explain } from '../explain/index.ts';
import type { CheckCause, LayerId } from './check-report.ts';
import { dialText, type Dial } from './route.ts';

/**
 * A symptom that the cluster's objects let expect, put before the same explainers that explain what packets show: so a
 * cause has one text, one proof and one fix, whoever asks.
 */
export interface Expected {
  readonly id: FindingId;
  readonly client: string;
  readonly dial: Dial;
  readonly protocol: string;
  readonly details?: FindingDetails;
}

/** What an expected symptom is judged by. */
export interface ExpectedIn {
  readonly facts: Facts;
  readonly enforcer: Enforcer;
  readonly wantsCauses: boolean;
}

/** What a node without usable endpoints for a Service answers; '' as sender: the client's own node. */
export const PORT_UNREACHABLE: FindingDetails = {
  icmp: { sender: '', type: 3, code: 3, meaning: 'port unreachable' },
};
/** What comes where nobody has the address that a packet was sent on to. */
export const HOST_UNREACHABLE: FindingDetails = {
  icmp: { sender: '', type: 3, code: 1, meaning: 'host unreachable' },
};

/**
 * The causes of one layer that the facts alone let expect: those of `ids` only, for others need packets. None is above
 * `likely`, for nothing was sent.
 */
export function expectedCauses(
  expected: Expected,
  layer: LayerId,
  ids: readonly CauseId[],
  { facts, enforcer, wantsCauses }: ExpectedIn,
): CheckCause[] {
  if (!wantsCauses) return [];
  const finding = findingOf(expected);
  // Its own sentence is no proof of anything.
  const own = packets({ finding } as Parameters<typeof packets>[0]);
  return explain([finding], [], facts, { enforcer })
    .causes.filter(({ id }) => ids.includes(id))
    .map(({ id, confidence, text, evidence, fix, next }) => ({
      id,
      layer,
      confidence: confidence === 'certain' ? 'likely' : confidence,
      text,
      evidence: evidence.filter((line) => line !== own),
      fix,
      next,
    }));
}

/** The symptom as a finding without frames. */
export function findingOf({ id, client, dial, protocol, details = {} }: Expected): Finding {
  return {
    id,
    severity: 'error',
    confidence: 'low',
    capture: 0,
    client,
    server: dialText(dial),
    protocol: protocol === 'UDP' ? 'UDP' : 'TCP',
    count: 1,
    firstSeen: '',
    lastSeen: '',
    frames: [],
    text: 'nothing was sent',
    details,
  };
}
