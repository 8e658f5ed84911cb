import type { KubeApi } from '../kube/kube-api.ts';
import { findObject } from './find-object.ts';
import type { Target } from './parse-target.ts';
import type { PodObject } from './pod-object.ts';

/**
 * Reads the pod that the target names. If there is none, the error offers the pods whose names
 * begin alike. Throws {@link UserError}, or ApiError for anything but "not found" and "forbidden".
 */
export async function findPod(api: KubeApi, target: Target): Promise<PodObject> {
  return await findObject<PodObject>(api, target);
}

/** API path of a pod. */
export function podPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}
