import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(
  process.env['NETDEBUG_CORPORA'] ?? join(import.meta.dirname, '../../../shared/corpora'),
  'service',
);

/** Whether the cases of Services and Ingresses are on this machine. */
export const hasCorpora: boolean = existsSync(folder);

/** An object as the API would give it. */
export type RawObject = Readonly<Record<string, unknown>>;

/** TestCategorizeEndpoints of kube-proxy. */
export interface ChoiceCase {
  readonly name: string;
  readonly node: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly service: RawObject;
  readonly endpointSlice: RawObject;
  readonly expected: {
    readonly clusterEndpoints: readonly string[] | null;
    readonly localEndpoints: readonly string[] | null;
    readonly allEndpoints: readonly string[];
    readonly hasAnyEndpoints: boolean;
  };
  readonly note: { readonly era: string };
}

/** TestFindPort of Kubernetes. */
export interface PortCase {
  readonly name: string;
  readonly containers: readonly RawObject[];
  readonly targetPort: number | string;
  readonly resolved: number | null;
}

/** Objects and the names of what is wrong with them. */
export interface ProblemCase {
  readonly name: string;
  readonly objects: readonly RawObject[];
  readonly problems?: readonly string[];
  readonly problems_not?: readonly string[];
  /** More may be wrong than is listed. */
  readonly at_least?: boolean;
}

/** The cases of a file; none where the corpora are absent. */
export function readCases<T extends { readonly name: string }>(file: string): T[] {
  if (!hasCorpora) return [];
  return (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { cases: T[] }).cases;
}
