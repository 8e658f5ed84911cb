import type { CheckClient, CheckServer } from '../check/route.ts';
import { podNamed } from '../check/route.ts';
import type { Facts, ObjectName, PodFacts } from '../cluster/facts.ts';
import { UserError } from '../errors.ts';
import { namesOf } from '../target/target-kinds.ts';
import { describeTarget } from '../target/find-object.ts';
import type { Target } from '../target/parse-target.ts';
import type { FromWord, ToWord } from './check-words.ts';

/** The pods that a word stands for, by name; null: it stands for none, but for a Service, a name or an address. */
export type PodNames = readonly ObjectName[] | null;

/** Who asks, placed in the facts. Throws UserError if there is no such pod. */
export function clientOf(word: FromWord, pods: PodNames, facts: Facts): CheckClient {
  if (word.kind === 'address') return { text: word.address, pod: null, address: word.address };
  const found = (pods ?? []).flatMap((name) => podNamed(name, facts) ?? []);
  const pod = found.find(({ ready, terminating }) => ready && !terminating) ?? found[0];
  if (pod === undefined)
    throw new UserError(
      `${describeTarget(word.target)} has no pod to ask from`,
      'none was found that runs',
      `kubectl get pods${word.target.namespace === '' ? '' : ` -n ${word.target.namespace}`}`,
    );
  return clientAt(pod);
}

/** A pod as the one that asks. */
export function clientAt(pod: PodFacts): CheckClient {
  return { text: `pod/${pod.namespace}/${pod.name}`, pod, address: pod.addresses[0] ?? '' };
}

/** Whom, with the pods that the word stands for. */
export function serverOf(word: ToWord, pods: PodNames, facts: Facts): CheckServer {
  const base: CheckServer = {
    text: word.text,
    service: null,
    pods: null,
    name: null,
    addresses: null,
    port: word.port,
    protocol: word.protocol,
    url: word.url,
  };
  if (word.kind === 'name') return { ...base, name: word.name };
  if (word.kind === 'address') return { ...base, addresses: [word.address] };
  const { target } = word;
  if (target.kind === 'service')
    return { ...base, service: { namespace: target.namespace, name: target.name } };
  if (target.kind === 'node') {
    const node = facts.nodes?.find(({ name }) => name === target.name);
    return { ...base, addresses: (node?.addresses ?? []).slice(0, 1) };
  }
  return { ...base, pods: pods ?? [] };
}

/** Pods of manifests that a target means: those of that name, of a workload its own. Throws UserError if there is none. */
export function podsInFacts(target: Target, facts: Facts): PodNames {
  if (target.kind === 'service' || target.kind === 'node') return null;
  const kind = namesOf(target.kind).apiKind;
  const found = (facts.pods ?? []).filter(
    ({ namespace, name, owner }) =>
      namespace === target.namespace &&
      (kind === 'Pod' ? name === target.name : owner === `${kind}/${target.name}`),
  );
  if (found.length === 0)
    throw new UserError(
      `${describeTarget(target)} is in none of the manifests`,
      `they hold ${facts.pods?.length ?? 0} pods and workloads`,
      'Give the namespace with -n, or as NAMESPACE/TYPE/NAME',
    );
  return found.map(({ namespace, name }) => ({ namespace, name }));
}
