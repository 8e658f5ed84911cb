import type { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';

/** True if a start failed for good: the pod, its container or the right to it is gone, and no further attempt helps. */
export function isPlaceLost(error: ApiError | UserError): boolean {
  if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return true;
  // The kubelet's words (pkg/kubelet/server); it answers them with status 500 or on the stream.
  return /container not found|container is not (created or )?running/i.test(error.message);
}
