import { collectFacts, type FactTopic } from '../cluster/collect.ts';
import type { Facts, ObjectName, ResolverFacts } from '../cluster/facts.ts';
import type { Io } from '../io.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { podsOf } from '../target/pods-of.ts';
import type { Target } from '../target/parse-target.ts';
import type { PodNames } from './check-ends.ts';
import type { FromWord, ToWord } from './check-words.ts';

/** The facts of a check, and the pods that its words stand for. */
export interface CheckFacts {
  readonly facts: Facts;
  readonly fromPods: PodNames;
  readonly toPods: PodNames;
}

/** What a check of packets needs beyond one of objects. */
export interface ProbedFacts {
  readonly resolver: ResolverFacts | null;
  readonly addresses: readonly string[];
  readonly topics: readonly FactTopic[];
}

/**
 * Finds the pods of both ends and reads the facts, those about `topics` too. Throws UserError for an end that does not
 * exist, and ApiError.
 */
export async function checkFacts(
  api: KubeApi,
  from: FromWord,
  to: ToWord,
  topics: readonly FactTopic[],
  io: Io,
): Promise<CheckFacts> {
  const [fromPods, toPods] = await Promise.all([
    from.kind === 'object' ? podNames(api, from.target) : null,
    to.kind === 'object' ? podNames(api, to.target) : null,
  ]);
  const ends = [...(fromPods ?? []), ...(toPods ?? [])];
  const nothing = { resolver: null, addresses: [], topics };
  return { facts: await readFacts(api, ends, to, nothing, io), fromPods, toPods };
}

/** What decides whether a name is found where nobody is to look it up: what is seen asks for it otherwise. */
export function topicsOfName(to: ToWord): FactTopic[] {
  return to.kind === 'name' || (to.kind === 'object' && to.target.kind === 'service') ? ['dns-server'] : [];
}

/** Reads the facts for these pods, with what was seen since. */
export async function readFacts(
  api: KubeApi,
  pods: readonly ObjectName[],
  to: ToWord,
  { resolver, addresses, topics }: ProbedFacts,
  io: Io,
): Promise<Facts> {
  return await collectFacts(api, {
    targets: pods,
    namespaces: to.kind === 'object' && to.target.namespace !== '' ? [to.target.namespace] : [],
    resolver,
    resolverProblem: 'nothing was run in the pod',
    addresses,
    topics: [...topics, ...(to.url === null ? [] : (['routes'] as const))],
    now: io.now,
  });
}

/** The pods that a target stands for; null: it is a node or a Service. Throws UserError if there is none, and ApiError. */
export async function podNames(api: KubeApi, target: Target): Promise<PodNames> {
  // What a Service leads to is judged by its endpoints.
  if (target.kind === 'node' || target.kind === 'service') return null;
  return (await podsOf(api, target)).map(({ metadata }) => ({
    namespace: metadata.namespace,
    name: metadata.name,
  }));
}
