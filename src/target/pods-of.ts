import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { describeTarget, findObject, inNamespace } from './find-object.ts';
import { selectorText } from './label-selector.ts';
import type { Target } from './parse-target.ts';
import type { PodObject } from './pod-object.ts';
import {
  httpRouteServices,
  ingressServices,
  type HttpRouteObject,
  type IngressObject,
} from './route-backends.ts';
import { serviceSlices, servicePods, type ServiceObject } from './service-pods.ts';
import { namesOf } from './target-kinds.ts';
import { controlledPods, cronJobPods, deploymentPods, type WorkloadObject } from './workload-pods.ts';

/**
 * The pods that a target stands for, whatever their state. Throws {@link UserError} if there is none,
 * with the reason; ApiError for anything but "not found" and "forbidden".
 */
export async function podsOf(api: KubeApi, target: Target): Promise<PodObject[]> {
  switch (target.kind) {
    case 'pod':
      return [await findObject<PodObject>(api, target)];
    case 'service':
      return await podsOfService(api, target);
    case 'ingress':
      return await podsOfServices(
        api,
        target,
        ingressServices(await findObject<IngressObject>(api, target), target.asked),
      );
    case 'httproute':
      return await podsOfServices(
        api,
        target,
        httpRouteServices(await findObject<HttpRouteObject>(api, target), target.asked),
      );
    case 'node':
      return [];
    default:
      return await podsOfWorkload(api, target);
  }
}

async function podsOfWorkload(api: KubeApi, target: Target): Promise<PodObject[]> {
  const workload = await findObject<WorkloadObject>(api, target);
  const find =
    target.kind === 'deployment' ? deploymentPods : target.kind === 'cronjob' ? cronJobPods : controlledPods;
  const pods = await find(api, workload).catch((error: unknown) => {
    throw error instanceof ApiError && error.status === 403 ? unlisted(target, error) : error;
  });
  if (pods.length > 0) return pods;
  throw noPods(target, whyNoPods(target, workload), fixOf(target, workload));
}

function whyNoPods({ kind }: Target, { spec, status }: WorkloadObject): string {
  if (kind === 'cronjob')
    return spec?.suspend === true ? 'it is suspended, and no Job of it is left' : 'no Job of it runs now';
  if (spec?.replicas === 0) return 'it is scaled to 0 replicas';
  const failure = status?.conditions?.find(
    ({ type, status: state }) => type === 'ReplicaFailure' && state === 'True',
  );
  if (failure?.message !== undefined) return failure.message;
  if (kind === 'daemonset') return 'no node admits its pods';
  return `no pod of it exists (selector ${selectorText(spec?.selector)})`;
}

function fixOf(target: Target, { spec }: WorkloadObject): string {
  const { short } = namesOf(target.kind);
  const name = `${short}/${target.name}${inNamespace(target)}`;
  if (target.kind === 'cronjob')
    return `Start it by hand: kubectl create job --from=cronjob/${target.name} ${target.name}-now${inNamespace(target)}; then trace job/${target.name}-now.`;
  return spec?.replicas === 0 ? `kubectl scale ${name} --replicas=1` : `kubectl describe ${name}`;
}

async function podsOfService(api: KubeApi, target: Target): Promise<PodObject[]> {
  const service = await findObject<ServiceObject>(api, target);
  const pods = await servicePods(api, target, service).catch((error: unknown) => {
    throw error instanceof ApiError && error.status === 403 ? unlisted(target, error) : error;
  });
  if (pods.length > 0) return pods;
  const client = `Trace a pod that uses it, which shows why: kubectl netdebug trace pod/CLIENT${inNamespace(target)} --to svc/${target.name}`;
  const addresses = await endpointAddresses(api, target);
  if (addresses.length > 0)
    throw noPods(target, `its endpoints are no pods: ${addresses.slice(0, 5).join(', ')}`, client);
  const selector = selectorText({ matchLabels: service.spec?.selector ?? {} });
  throw noPods(
    target,
    selector === '' ? 'it has no selector and no endpoints' : `it has no endpoints (selector ${selector})`,
    `${client}\nSee the labels of the pods: kubectl get pods${inNamespace(target)} --show-labels`,
  );
}

async function endpointAddresses(api: KubeApi, target: Target): Promise<string[]> {
  try {
    const slices = await serviceSlices(api, target);
    return slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses = [] }) => addresses));
  } catch (error) {
    // They only make the message more precise.
    if (error instanceof ApiError) return [];
    throw error;
  }
}

/** The pods of all Services behind a route; a Service without pods only counts if all are. */
async function podsOfServices(
  api: KubeApi,
  target: Target,
  services: readonly Target[],
): Promise<PodObject[]> {
  if (services.length === 0)
    throw noPods(
      target,
      'it names no Service as backend',
      `kubectl describe ${namesOf(target.kind).short} ${target.name}${inNamespace(target)}`,
    );
  const found: PodObject[] = [];
  let first: UserError | undefined;
  for (const service of services) {
    try {
      found.push(...(await podsOfService(api, service)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      first ??= error;
    }
  }
  if (found.length > 0) return found;
  throw noPods(target, `${first?.message ?? ''}: ${first?.why ?? ''}`, first?.fix ?? '');
}

function noPods(target: Target, why: string, fix: string): UserError {
  return new UserError(`${describeTarget(target)} has no pods`, why, fix);
}

function unlisted(target: Target, cause: ApiError): UserError {
  return new UserError(
    `The pods of ${describeTarget(target)} cannot be listed`,
    cause.message,
    `Ask for the right "list" on pods${inNamespace(target)}, or name one of them: pod/NAME`,
    { cause },
  );
}
