import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { checkPod } from './check-pod.ts';
import { describeTarget, findObject } from './find-object.ts';
import { parseTarget, type Target } from './parse-target.ts';
import type { NodeObject, Place } from './place.ts';
import type { ObjectMeta, PodObject } from './pod-object.ts';
import { podsOf } from './pods-of.ts';
import { collectionPath } from './target-kinds.ts';

/** What the user asked for. */
export interface PlaceRequest {
  /** [NAMESPACE/]TYPE/NAME each. */
  readonly words: readonly string[];
  /** Label selector of pods; undefined: none. */
  readonly selector: string | undefined;
  /** Words and selector mean all namespaces. */
  readonly isAllNamespaces: boolean;
  /** Namespace of what names none. */
  readonly namespace: string;
  /** Pods will be captured by pods on their nodes. */
  readonly isFromNode?: boolean;
}

/** Where to capture. */
export interface FoundPlaces {
  /** In the order in which they were asked for; each pod and node once. */
  readonly places: readonly Place[];
  /** What was asked for and cannot be traced. */
  readonly left: readonly UserError[];
  /** What the user should know of pods that can be traced, but not as expected. */
  readonly warnings: readonly string[];
}

/** Objects of one name that `-A` takes in at most. */
const maxNamesakes = 500;

/**
 * Finds the pods and nodes that words and selector mean. What cannot be traced stands in `left`, as
 * long as anything can. Throws {@link UserError} when there is no place at all, and ApiError.
 */
export async function findPlaces(api: KubeApi, request: PlaceRequest): Promise<FoundPlaces> {
  const found = await lookForPlaces(api, request);
  if (found.places.length > 0) return found;
  const [first, ...others] = found.left;
  if (first === undefined || others.length === 0)
    throw (
      first ??
      new UserError('there is nothing to trace', 'no target was given', 'kubectl netdebug trace --help')
    );
  throw new UserError(
    'none of the targets can be traced',
    found.left.map(({ message }) => message).join('\n'),
    first.fix,
  );
}

/** As {@link findPlaces}, but finding nothing is no error. */
export async function lookForPlaces(api: KubeApi, request: PlaceRequest): Promise<FoundPlaces> {
  const left: UserError[] = [];
  const warnings: string[] = [];
  const places = new Map<string, Place>();
  const orLeft = async <T>(task: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      left.push(error);
      return undefined;
    }
  };
  const addPods = (pods: readonly PodObject[], asked: string): void => {
    for (const pod of pods) {
      const key = `pod ${pod.metadata.uid ?? `${pod.metadata.namespace}/${pod.metadata.name}`}`;
      if (places.has(key)) continue;
      try {
        warnings.push(...checkPod(pod, { isFromNode: request.isFromNode ?? false }));
        places.set(key, { kind: 'pod', pod, asked });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        left.push(error);
      }
    }
  };
  const targets = request.words.map((word) => parseTarget(word, request.namespace));
  for (const target of (await Promise.all(targets.map((one) => namesakes(api, one, request)))).flat()) {
    if (target.kind === 'node') {
      const node = await orLeft(async () => await findObject<NodeObject>(api, target));
      if (node !== undefined) places.set(`node ${target.name}`, { kind: 'node', node, asked: target.asked });
    } else addPods((await orLeft(async () => await podsOf(api, target))) ?? [], target.asked);
  }
  const { selector } = request;
  if (selector !== undefined)
    addPods((await orLeft(async () => await podsWith(api, request, selector))) ?? [], `-l ${selector}`);
  return { places: [...places.values()], left, warnings };
}

/** With `-A`, a name means the objects of that name in every namespace. */
async function namesakes(api: KubeApi, target: Target, request: PlaceRequest): Promise<Target[]> {
  if (!request.isAllNamespaces || target.kind === 'node' || target.asked.split('/').length === 3)
    return [target];
  const found = await api.list<{ readonly metadata: ObjectMeta }>(
    collectionPath(target.kind, ''),
    { fieldSelector: `metadata.name=${target.name}` },
    maxNamesakes,
  );
  if (found.length === 0)
    throw new UserError(
      `${describeTarget({ ...target, namespace: '' })} does not exist in any namespace`,
      'no object of this kind has exactly this name',
      `kubectl get ${target.asked.split('/')[0] ?? ''} -A`,
    );
  return found.map(({ metadata }) => ({ ...target, namespace: metadata.namespace }));
}

async function podsWith(api: KubeApi, request: PlaceRequest, selector: string): Promise<PodObject[]> {
  const namespace = request.isAllNamespaces ? '' : request.namespace;
  const where = namespace === '' ? 'any namespace' : `namespace ${namespace}`;
  const shown = `kubectl get pods ${namespace === '' ? '-A' : `-n ${namespace}`} --show-labels`;
  try {
    const pods = await api.list<PodObject>(collectionPath('pod', namespace), { labelSelector: selector });
    if (pods.length > 0) return pods;
  } catch (error) {
    if (error instanceof ApiError && [400, 403].includes(error.status))
      throw new UserError(
        `Pods with "${selector}" cannot be listed in ${where}`,
        error.message,
        error.status === 400
          ? "Write a selector as kubectl takes it: -l app=web, -l 'tier in (a,b)'"
          : 'Name one of them: pod/NAME',
        { cause: error },
      );
    throw error;
  }
  throw new UserError(
    `No pod in ${where} has "${selector}"`,
    'none has these labels',
    `See the labels of the pods: ${shown}`,
  );
}

/** Whether the place is one of several that come and go: a pod of a workload, a Service, a route or a selector. */
export function isOneOfMany({ asked }: Place): boolean {
  return asked.startsWith('-l ') || !['pod', 'node'].includes(parseTarget(asked, 'default').kind);
}

/** The part of a request whose pods may change while a capture runs; undefined: nothing of it. */
export function followed(request: PlaceRequest): PlaceRequest | undefined {
  const words = request.words.filter(
    (word) => !['pod', 'node'].includes(parseTarget(word, request.namespace).kind),
  );
  return words.length === 0 && request.selector === undefined ? undefined : { ...request, words };
}
