import type { PodFacts } from '../cluster/facts.ts';
import type { ContainerEndFacts } from '../cluster/pod-life-facts.ts';

/** An end of one of a pod's containers. */
export interface ContainerEnd {
  readonly pod: PodFacts;
  readonly container: string;
  readonly end: ContainerEndFacts;
  /** The container does not run now. */
  readonly isDown: boolean;
}

/** The kubelet tells times in whole seconds, and the clocks of two nodes differ a little. */
const TOLERANCE_MS = 2000;
/** After a container's end its port refuses until the next one listens: restarts wait up to five minutes. */
const AFTERMATH_MS = 330_000;

/** Ends of containers that may be behind what was seen from `firstSeen` to `lastSeen` (ISO 8601), latest first. */
export function endsBehind(
  pods: readonly PodFacts[],
  { firstSeen, lastSeen }: { readonly firstSeen: string; readonly lastSeen: string },
): ContainerEnd[] {
  const [from, to] = [Date.parse(firstSeen), Date.parse(lastSeen)];
  const ends = pods.flatMap((pod) =>
    (pod.life?.containers ?? []).flatMap(({ name, lastEnd, runsSince, restarts }): ContainerEnd[] => {
      if (lastEnd === null) return [];
      const endMs = Date.parse(lastEnd.at);
      const backMs = runsSince === '' ? Infinity : Date.parse(runsSince);
      // It was down at some time of the symptom: ended before its end, and not back before its beginning.
      const fits =
        endMs <= to + TOLERANCE_MS && backMs >= from - TOLERANCE_MS && endMs >= from - AFTERMATH_MS;
      // The run that is known to have ended was not the first, and began after the symptom: another end made way for it.
      const beganMs = Date.parse(lastEnd.began ?? '');
      const wasBetween =
        restarts >= (runsSince === '' ? 1 : 2) &&
        from <= beganMs + TOLERANCE_MS &&
        to >= beganMs - AFTERMATH_MS;
      return fits || wasBetween ? [{ pod, container: name, end: lastEnd, isDown: runsSince === '' }] : [];
    }),
  );
  return ends.toSorted((a, b) => Date.parse(b.end.at) - Date.parse(a.end.at));
}

/** "0.4 s before", "2 s after": the time from a container's end to a packet. */
export function sinceEnd({ end }: ContainerEnd, seen: string): string {
  const seconds = (Date.parse(seen) - Date.parse(end.at)) / 1000;
  return `${Number(Math.abs(seconds).toFixed(1))} s ${seconds < 0 ? 'before' : 'after'}`;
}
