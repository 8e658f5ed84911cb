import type { Io } from '../io.ts';
import { collectionPath, type TargetKind } from '../target/target-kinds.ts';
import type { Given } from './command.ts';
import { connectionValues } from './connection-values.ts';

/** Someone waits with a finger on the key. */
const COMPLETION_TIMEOUT = '3s';

/** Names of a kind's objects in the namespace that the flags mean, at most 500. Throws as the connection does. */
export async function listNames(kind: TargetKind, values: Given['values'], io: Io): Promise<string[]> {
  // Late: completion of anything but pods needs no connection.
  const { connect } = await import('../kube/connect.ts');
  const api = connect({ 'request-timeout': COMPLETION_TIMEOUT, ...connectionValues(values) }, io.env);
  try {
    const objects = await api.list<{ readonly metadata?: { readonly name?: string } }>(
      collectionPath(kind, kind === 'node' ? '' : api.namespace),
      {},
      500,
    );
    return objects.map(({ metadata }) => metadata?.name ?? '').filter((name) => name !== '');
  } finally {
    api.close();
  }
}

/** A name that the API server would admit; others could act on the terminal. */
export function isPrintableName(name: string): boolean {
  return /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name);
}
