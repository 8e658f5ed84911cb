import { describePlan, planDebugContainer } from '../capture/ladder.ts';
import { type EnteredPlace, enterPlace } from '../capture/start-container.ts';
import type { Evaluation } from '../check/check.ts';
import { UserError } from '../errors.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { ApiError } from '../kube/kube-api.ts';
import { lookForPlaces } from '../target/find-places.ts';
import { settleBounded } from './bounded.ts';
import type { CheckOptions } from './check-options.ts';
import { PodNetworks } from './trace-pod-networks.ts';

/** Server pods that are entered; more cost time and say little more. */
const MAX_SERVERS = 4;
const AT_ONCE = 4;

/** How long the containers of a check live, and who stops it early. */
export interface Entering {
  readonly durationMs: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The pods behind what is asked, entered to read on what they listen; disposing of them removes what can be removed. */
export interface EnteredServers extends AsyncDisposable {
  readonly networks: PodNetworks;
}

/**
 * `--enter-servers`: enters the pods that the way may come to and notes their networks' counters. A pod that cannot be
 * entered is said and left out: what is not read of it stays unknown. Without ways nothing is entered.
 */
export async function enterServers(
  api: KubeConnection,
  { ways }: Pick<Evaluation, 'ways'>,
  options: CheckOptions,
  { durationMs, say, signal }: Entering,
): Promise<EnteredServers> {
  const networks = new PodNetworks(api);
  await using entered = new AsyncDisposableStack();
  const names = new Set(
    ways.flatMap(({ to }) => (to.kind === 'pod' ? [`${to.pod.namespace}/pod/${to.pod.name}`] : [])),
  );
  const words = [...names].slice(0, MAX_SERVERS);
  if (words.length < names.size && words.length > 0)
    say(`only the first ${words.length} of ${names.size} server pods are entered`);
  const { places, left } = await lookForPlaces(api, {
    words,
    selector: undefined,
    isAllNamespaces: false,
    namespace: '',
    isFromNode: options.profile === 'node',
  });
  for (const error of left) say(`left out: ${error.message}`);
  const results = await settleBounded(places, AT_ONCE, async (place) => {
    const plan = await planDebugContainer(api, place, { ...options, durationMs });
    say(`${describePlan(plan)}.`);
    const container: EnteredPlace = await enterPlace(api, plan, say, { signal });
    entered.use(container);
    await networks.begin(place, container);
  });
  for (const { reason } of results.filter((one) => one.status === 'rejected')) {
    if (!(reason instanceof UserError || reason instanceof ApiError)) throw reason;
    say(`left out: ${reason.message}`);
  }
  const kept = entered.move();
  return { networks, [Symbol.asyncDispose]: async () => await kept.disposeAsync() };
}
