import { describe, expect, test } from 'vitest';
import { needs } from '../../src/access/needs.ts';
import type { Right } from '../../src/access/right.ts';
import type { ResourcePath } from '../../src/demo/resource-path.ts';
import type { CauseConfidence, CauseId } from '../../src/explain/explanation.ts';
import type { Report } from '../../src/report/report.ts';
import { scenarios } from '../cluster/scenarios/index.ts';
import { recorded, recordingNames, traceRecording } from './run-recording.ts';

/*
 * Whoever lacks a right gets a weaker answer, never a wrong one, and hears what could not be read. Each right that
 * naming causes needs is taken away in turn, from each recorded incident.
 */

/** A pod that sends nothing has no causes to be weakened. */
const incidents = recordingNames.filter((name) => name !== 'silent-pod');

const SURENESS: readonly CauseConfidence[] = ['possible', 'likely', 'certain'];
const causeRights: readonly Right[] = needs
  .filter(({ word }) => word === 'causes')
  .flatMap(({ parts }) => parts.flatMap(({ rights }) => rights));

/** The rules of the printed roles, one for each resource. */
const rules: readonly (readonly Right[])[] = [
  ...Map.groupBy(causeRights, ({ group, resource }) => `${resource}.${group}`).values(),
];

/** Of a cause: what may be said in its place, as surely, when it is not known why that is so. */
const SAYS_LESS: Readonly<Partial<Record<CauseId, CauseId>>> = {
  'service-selector-mismatch': 'service-without-endpoints',
};

function denying(taken: readonly Right[]): (verb: string, path: ResourcePath) => boolean {
  return (verb, { group, resource, subresource, name }) =>
    // What is traced must be found by whoever traces it.
    !(resource === 'pods' && subresource === '' && name !== '') &&
    taken.some(
      (right) =>
        right.verb === verb &&
        right.group === group &&
        right.resource === (subresource === '' ? resource : `${resource}/${subresource}`),
    );
}

/** In what a report made without a right goes beyond, or against, the one made with it; empty: nothing. */
function wrongs(
  blind: Report,
  whole: Report,
  notCauses: readonly string[],
  taken: readonly Right[],
): string[] {
  const findings = JSON.stringify(blind.findings) === JSON.stringify(whole.findings);
  const resources = taken.map(({ resource }) => resource.split('/')[0] ?? '');
  const said = JSON.stringify(blind.unknowns);
  const isChanged = JSON.stringify(blind.causes) !== JSON.stringify(whole.causes);
  return [
    ...(findings ? [] : ['the packets are read in another way']),
    ...(blind.verdict.outcome === whole.verdict.outcome ? [] : [`the outcome is ${blind.verdict.outcome}`]),
    ...blind.causes.filter(({ id }) => notCauses.includes(id)).map(({ id }) => `it names ${id}`),
    ...blind.causes
      .filter(({ id, confidence }) => {
        const sure = whole.causes.find((cause) => cause.id === id || SAYS_LESS[cause.id] === id)?.confidence;
        return SURENESS.indexOf(confidence) > (sure === undefined ? 0 : SURENESS.indexOf(sure));
      })
      .map(({ id, confidence }) => `${id} is ${confidence}`),
    ...(isChanged && !resources.some((resource) => said.includes(resource))
      ? [`it does not say that ${resources.join(', ')} could not be read`]
      : []),
  ];
}

describe('without a right the answer is weaker, says so, and is never wrong', () => {
  test.each(incidents)('%s', { timeout: 120_000 }, async (name) => {
    const scenario = scenarios.find((one) => one.name === name);
    const recording = await recorded(name);
    const whole = (await traceRecording(recording)).report;
    const found: string[] = [];
    let weaker = 0;
    for (const taken of rules) {
      const { report } = await traceRecording(recording, [], { denies: denying(taken) });
      const wrong = wrongs(report, whole, scenario?.expect.notCauses ?? [], taken);
      found.push(...wrong.map((text) => `without ${taken[0]?.resource}: ${text}`));
      if (JSON.stringify(report.causes) !== JSON.stringify(whole.causes)) weaker++;
    }
    expect(found).toEqual([]);
    // Some right must have mattered where there is a cause, or nothing was taken away.
    expect(weaker > 0).toBe(whole.causes.length > 0);
  });
});
