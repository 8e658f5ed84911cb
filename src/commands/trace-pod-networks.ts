import type { DebugContainer } from '../capture/debug-container.ts';
import { readCounters, readPodNetwork } from '../capture/read-pod-network.ts';
import type { ObjectName } from '../cluster/facts.ts';
import type { PodNetworkFacts } from '../cluster/pod-network-facts.ts';
import type { ExecApi } from '../kube/exec-api.ts';
import type { Place } from '../target/place.ts';
import { settleBounded } from './bounded.ts';

/** A traced pod with its network's counters as they were when its capture began. */
interface BegunPod {
  readonly name: ObjectName;
  readonly container: DebugContainer;
  readonly before: ReadonlyMap<string, number> | null;
}

/** Pods that are read at the same time. */
const AT_ONCE = 8;

/** The networks of a trace's pods: their counters are noted when a capture begins, all else is read when it has ended. */
export class PodNetworks {
  readonly #api: ExecApi;
  readonly #begun = new Map<string, BegunPod>();

  constructor(api: ExecApi) {
    this.#api = api;
  }

  /** Notes the counters of a pod's network; nodes have none of their own. */
  async begin(place: Place, container: DebugContainer): Promise<void> {
    if (place.kind === 'node') return;
    const { namespace, name } = place.pod.metadata;
    const before = await readCounters(this.#api, container);
    this.#begun.set(`${namespace}/${name}`, { name: { namespace, name }, container, before });
  }

  /** Reads all of them, in the order of their names. Does not throw UserError or ApiError: see `problem`. */
  async read(): Promise<PodNetworkFacts[]> {
    const pods = [...this.#begun].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, pod]) => pod);
    const results = await settleBounded(
      pods,
      AT_ONCE,
      async ({ name, container, before }) => await readPodNetwork(this.#api, container, name, before),
    );
    return results.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
  }
}
