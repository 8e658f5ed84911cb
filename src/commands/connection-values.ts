import { type ConnectionFlags, connectionFlags } from '../kube/connection-flags.ts';
import type { Given } from './command.ts';

/** The connection flags among the given values. */
export function connectionValues(values: Given['values']): ConnectionFlags {
  const names = new Set<string>(connectionFlags.map((flag) => flag.name));
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name))) as ConnectionFlags;
}
