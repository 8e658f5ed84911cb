import type { ObjectName } from './facts.ts';

/** A pod that was there when the capture began and is not any more, as it was then. */
export interface GonePodFacts extends ObjectName {
  readonly addresses: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly node: string;
  /** "Kind/name" of the controller, empty if none. */
  readonly owner: string;
  /** `replaced`: another pod has its name; `deleted`: nobody has; `ended`: it is there still, and all of its containers have ended. */
  readonly how: 'replaced' | 'deleted' | 'ended';
}
