import type { Group } from '../conversations/groups.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Symptom } from '../conversations/samples.ts';
import type { Finding } from './finding.ts';

/** A group with what judges counted in it for one symptom. */
export interface GroupSymptom {
  readonly group: Group;
  readonly symptom: Symptom;
}

/** The groups in which a symptom was counted, each described as a finding; undefined: none after all. */
export function describeSymptoms(
  observations: Observations,
  id: string,
  describe: (one: GroupSymptom) => Finding | undefined,
): Finding[] {
  return observations.groups.flatMap((group) => {
    const symptom = group.symptoms.get(id);
    return symptom === undefined ? [] : (describe({ group, symptom }) ?? []);
  });
}

/** "2.9 s", "310 ms". */
export function durationText(durationMs: number): string {
  if (durationMs >= 999.5) return `${Number((durationMs / 1000).toFixed(1))} s`;
  return durationMs >= 10 ? `${Math.round(durationMs)} ms` : `${Number(durationMs.toFixed(1))} ms`;
}

/** "the client", "the server", of a conversation's side. */
export function sideName(side: number): 'client' | 'server' {
  return side === 0 ? 'client' : 'server';
}
