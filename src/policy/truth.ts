/** Why something is neither true nor false. */
export interface Doubt {
  readonly decision: 'depends' | 'unknown';
  readonly reason: string;
}

/** What a selector says about an end of a flow. */
export type Truth = boolean | Doubt;

/** Whether it is a doubt. */
export function isDoubt(truth: Truth): truth is Doubt {
  return typeof truth === 'object';
}

/** False if one is false, else the first doubt, else true. */
export function allOf(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.find(isDoubt) ?? true;
}

/** True if one is true, else the first doubt, else false. */
export function anyOf(truths: readonly Truth[]): Truth {
  if (truths.includes(true)) return true;
  return truths.find(isDoubt) ?? false;
}

/** Something that could not be read. */
export function unknown(reason: string): Doubt {
  return { decision: 'unknown', reason };
}

/** Something that the API leaves to the implementation. */
export function depends(reason: string): Doubt {
  return { decision: 'depends', reason };
}
