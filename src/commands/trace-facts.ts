import { collectFacts, type FactTopic } from '../cluster/collect.ts';
import type { Facts, ObjectName } from '../cluster/facts.ts';
import { findGonePods, notePods } from '../cluster/gone-pods.ts';
import type { Io } from '../io.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { AnalysisResult } from '../pipeline.ts';
import { topicsOf } from './fact-topics.ts';
import type { TraceRun } from './trace-run.ts';

/** The facts of a trace, read while its captures come to their end. */
export interface FactsReading {
  /** Waits for the facts. `results`: whose addresses say what else to look at. */
  readonly finish: (results: readonly AnalysisResult[]) => Promise<Facts>;
}

/** Before the planned end: the facts are to be those of the captures' time, and nobody is to wait for them. */
const HEAD_START_MS = 3000;

/** Begins to read the facts shortly before the captures end, or when `ending` aborts. */
export function readFactsMeanwhile(api: KubeApi, run: TraceRun, io: Io, ending: AbortSignal): FactsReading {
  const addresses = Promise.withResolvers<readonly string[]>();
  const topics = Promise.withResolvers<readonly FactTopic[]>();
  const facts = (async () => {
    const noted = await notePods(api, [...new Set(targetsOf(run).map(({ namespace }) => namespace))]);
    await io.sleep(Math.max(0, run.remainingMs - HEAD_START_MS), ending);
    const request = {
      targets: targetsOf(run),
      resolver: run.resolver,
      addresses: addresses.promise,
      topics: topics.promise,
      now: io.now,
    };
    const collected = await collectFacts(api, request);
    const gonePods = findGonePods(noted, collected);
    return gonePods.length === 0 ? collected : { ...collected, gonePods };
  })();
  // If the trace fails before it asks for them, nobody hears of their failure.
  facts.catch(() => undefined);
  return {
    finish: async (results) => {
      topics.resolve(topicsOf(results.flatMap(({ findings }) => findings)));
      addresses.resolve([...new Set(results.flatMap(addressesOf))]);
      return await facts;
    },
  };
}

/** The traced pods, each once. */
function targetsOf(run: TraceRun): ObjectName[] {
  const pods = run.points.flatMap(({ place }) => (place.kind === 'pod' ? [place.pod.metadata] : []));
  const names = new Map(pods.map(({ namespace, name }) => [`${namespace}/${name}`, { namespace, name }]));
  return [...names.values()];
}

function addressesOf({ groups, findings }: AnalysisResult): string[] {
  const quoted = findings.flatMap((finding) =>
    finding.details.icmp === undefined ? [] : [finding.details.icmp.sender],
  );
  return [...groups.flatMap((group) => [group.client, group.serverAddress]), ...quoted];
}
