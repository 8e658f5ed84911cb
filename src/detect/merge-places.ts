import type { CapturePair } from '../matching/crossing.ts';
import type { Finding } from './finding.ts';

/**
 * Puts findings together that are one incident seen at several places: the same symptom of the same client and
 * server, in captures that hold the same packets. The one with the largest count stays, with its frames, and says
 * where else it was seen.
 */
export function mergePlaces(findings: readonly Finding[], pairs: readonly CapturePair[]): Finding[] {
  const same = pairs.filter(({ matched, problem }) => matched > 0 && problem === '');
  const haveSame = (one: Finding, other: Finding): boolean =>
    same.some(
      ({ first, second }) =>
        Math.min(one.capture, other.capture) === Math.min(first, second) &&
        Math.max(one.capture, other.capture) === Math.max(first, second),
    );
  const incidents: Finding[][] = [];
  for (const finding of findings) {
    const incident = incidents.find(
      (seen) =>
        seen[0] !== undefined &&
        isSameSymptom(seen[0], finding) &&
        seen.some((other) => haveSame(other, finding)),
    );
    if (incident === undefined) incidents.push([finding]);
    else incident.push(finding);
  }
  return incidents.flatMap(inOne);
}

/** What a capture says of itself has no server. */
function isSameSymptom(one: Finding, other: Finding): boolean {
  return (
    one.server !== '' &&
    one.id === other.id &&
    one.client === other.client &&
    one.server === other.server &&
    one.protocol === other.protocol
  );
}

function inOne(incident: readonly Finding[]): Finding[] {
  const [most] = incident.toSorted((a, b) => b.count - a.count || a.capture - b.capture);
  if (most === undefined || incident.length === 1) return [...incident];
  const alsoIn = incident.filter((other) => other !== most).map(({ capture }) => capture);
  return [{ ...most, details: { ...most.details, alsoIn } }];
}
