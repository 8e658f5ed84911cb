import type { Directory } from '../cluster/directory.ts';
import type { Facts } from '../cluster/facts.ts';
import type { Enforcer } from '../explain/enforcer.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import type { CheckCause, CheckLayer, LayerId, LayerStatus } from './check-report.ts';
import type { Route } from './route.ts';
import type { Way } from './ways.ts';

/** All that a layer is judged by. */
export interface LayerInput {
  readonly route: Route;
  readonly facts: Facts;
  readonly directory: Directory;
  readonly policies: PolicyIndex;
  readonly enforcer: Enforcer;
  readonly ways: readonly Way[];
  /** The facts are those of manifests: no node, no address, no state. */
  readonly isOfManifests: boolean;
  /** Whether the causes of what fails are asked for. */
  readonly wantsCauses: boolean;
}

/** A layer with the causes of its failure. */
export interface JudgedLayer {
  readonly layer: CheckLayer;
  readonly causes: readonly CheckCause[];
}

/** A layer without causes; null where `judged` is none. */
export function layerOf(
  id: LayerId,
  status: LayerStatus,
  seen: string,
  more: { readonly fix?: string; readonly next?: string; readonly causes?: readonly CheckCause[] } = {},
): JudgedLayer {
  const { fix = '', next = '', causes = [] } = more;
  return { layer: { id, status, seen, fix, next }, causes };
}

/** Of the causes the first text, without its full stop; `otherwise` if there is none. */
export function causeText(causes: readonly CheckCause[], otherwise: string): string {
  return causes[0]?.text ?? otherwise;
}
