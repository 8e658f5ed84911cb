/** When a pod and its containers changed: what is held against the packets' times. Times are whole seconds of the node's clock. */
export interface PodLifeFacts {
  /** ISO 8601; metadata.deletionTimestamp, which lies the grace period after the request; '' if it is not being deleted. */
  readonly deletedAt: string;
  /** ISO 8601; since when it is ready, or not ready; '' if it never said so. */
  readonly readyChangedAt: string;
  readonly containers: readonly ContainerFacts[];
}

export interface ContainerFacts {
  readonly name: string;
  readonly restarts: number;
  /** ISO 8601; '' if it does not run. */
  readonly runsSince: string;
  /** Why it waits, "CrashLoopBackOff"; '' if it does not. */
  readonly waitsFor: string;
  /** Its last end; null: it never ended. */
  readonly lastEnd: ContainerEndFacts | null;
  /** As the pod has them: "500m", "128Mi"; '' without a limit. */
  readonly cpuLimit: string;
  readonly memoryLimit: string;
}

export interface ContainerEndFacts {
  /** ISO 8601. */
  readonly at: string;
  /** ISO 8601; when the run began that ended so; absent: not said. */
  readonly began?: string;
  /** "OOMKilled", "Error", "Completed". */
  readonly reason: string;
  readonly exitCode: number;
}
