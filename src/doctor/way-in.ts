import { defaults } from '../capture/defaults.ts';
import { type Plan, planDebugContainer } from '../capture/ladder.ts';
import { refusedBy } from '../capture/refusal.ts';
import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import { checkPod } from '../target/check-pod.ts';
import type { PodObject } from '../target/pod-object.ts';
import type { Check, CheckResult, DoctorContext } from './check.ts';

/** Pods among which one to try with is looked for. */
const maxPods = 100;

/** `way-in`: which rung of the ladder will work in each namespace? Tried with a pod of it, by dry runs. */
export const wayIn: Check = {
  id: 'way-in',
  run: async (context) => {
    const results: CheckResult[] = [];
    // One namespace after the other: each is several dry runs.
    for (const namespace of context.namespaces)
      results.push({ subject: `namespace ${namespace}`, ...(await tryNamespace(context, namespace)) });
    return results;
  },
};

type Outcome = Omit<CheckResult, 'subject'>;

async function tryNamespace(context: DoctorContext, namespace: string): Promise<Outcome> {
  try {
    const pod = await somePod(context, namespace);
    if (pod === undefined)
      return { status: 'unknown', seen: 'no pod runs there with which it could be tried', fix: '' };
    return await tryPod(context, pod);
  } catch (error) {
    if (error instanceof ApiError)
      return {
        status: 'unknown',
        seen: `it cannot be tried: ${error.message}`,
        fix: `Try it with a pod that you know: kubectl netdebug trace pod/NAME -n ${namespace} --dry-run`,
      };
    throw error;
  }
}

async function tryPod(context: DoctorContext, pod: PodObject): Promise<Outcome> {
  const tried = `(tried with pod ${pod.metadata.name})`;
  const first = await plan(context, pod, 'auto');
  if (!(first instanceof UserError)) return await byContainer(context, pod, first, tried);
  const second = await plan(context, pod, 'node');
  if (!(second instanceof UserError) && second.kind === 'node-pod')
    return {
      status: 'warning',
      seen: `only a pod on the node, in namespace ${second.namespace} ${tried}: ${shortly(first)}`,
      fix: `kubectl netdebug trace pod/${pod.metadata.name} -n ${pod.metadata.namespace} --profile node${context.debugNamespace === undefined ? '' : ` --debug-namespace ${context.debugNamespace}`}`,
    };
  return { status: 'failed', seen: `no way in ${tried}: ${shortly(first)}`, fix: first.fix };
}

/** What refused, without the list of everything that it objects to. */
function shortly(error: UserError): string {
  return error.cause instanceof ApiError ? refusedBy(error.cause) : error.why;
}

async function byContainer(
  context: DoctorContext,
  pod: PodObject,
  planned: Plan,
  tried: string,
): Promise<Outcome> {
  if (planned.kind === 'reuse' || (planned.kind === 'add' && planned.rung === 'net-raw'))
    return { status: 'ok', seen: `a debug container with NET_RAW ${tried}`, fix: '' };
  const runtime = await runtimeOf(context, pod.spec?.nodeName ?? '');
  if (!runtime.startsWith('cri-o'))
    return {
      status: 'ok',
      seen: `a debug container without added capabilities ${tried}; the runtime has to grant NET_RAW${runtime === '' ? '' : ` (${runtime})`}`,
      fix: '',
    };
  return {
    status: 'failed',
    seen: `a debug container is admitted without added capabilities only ${tried}, and ${runtime} does not grant NET_RAW by itself`,
    fix: `Capture from the node: kubectl netdebug trace pod/${pod.metadata.name} -n ${pod.metadata.namespace} --profile node`,
  };
}

async function plan(
  { api, image, debugNamespace }: DoctorContext,
  pod: PodObject,
  profile: 'auto' | 'node',
): Promise<Plan | UserError> {
  try {
    const place = { kind: 'pod', pod, asked: `pod/${pod.metadata.name}` } as const;
    const durationMs = defaults.durationMs.value;
    return await planDebugContainer(api, place, { image, durationMs, profile, debugNamespace });
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** A pod that runs and takes debug containers; one in its own network, if there is one. */
async function somePod({ api }: DoctorContext, namespace: string): Promise<PodObject | undefined> {
  const query = { fieldSelector: 'status.phase=Running' };
  const pods = await api.list<PodObject>(
    `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
    query,
    maxPods,
  );
  const suitable = pods.filter(takesContainers);
  return suitable.find(({ spec }) => spec?.hostNetwork !== true) ?? suitable[0];
}

function takesContainers(pod: PodObject): boolean {
  try {
    checkPod(pod);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

async function runtimeOf({ nodes }: DoctorContext, name: string): Promise<string> {
  try {
    const node = (await nodes()).find(({ metadata }) => metadata.name === name);
    return node?.status?.nodeInfo?.containerRuntimeVersion ?? '';
  } catch (error) {
    // Many users may not read nodes; the runtime then stays unnamed.
    if (error instanceof ApiError) return '';
    throw error;
  }
}
