import type { ContainerEndFacts, ContainerFacts, PodLifeFacts } from './pod-life-facts.ts';
import { asList, asNumber, asObject, asText } from './raw.ts';

type Raw = Readonly<Record<string, unknown>>;

/** Reduces what a Pod of the API says of its own and its containers' changes. */
export function toPodLifeFacts(pod: Raw): PodLifeFacts {
  const status = asObject(pod['status']);
  const spec = asObject(pod['spec']);
  const ready = asList(status['conditions'])
    .map(asObject)
    .find((condition) => condition['type'] === 'Ready');
  const specs = asList(spec['containers']).map(asObject);
  return {
    deletedAt: asText(asObject(pod['metadata'])['deletionTimestamp']),
    readyChangedAt: asText(ready?.['lastTransitionTime']),
    containers: asList(status['containerStatuses'])
      .map(asObject)
      .map((one) => toContainerFacts(one, specs.find(({ name }) => name === one['name']) ?? {})),
  };
}

function toContainerFacts(status: Raw, spec: Raw): ContainerFacts {
  const state = asObject(status['state']);
  const limits = asObject(asObject(spec['resources'])['limits']);
  return {
    name: asText(status['name']),
    restarts: asNumber(status['restartCount']),
    runsSince: asText(asObject(state['running'])['startedAt']),
    waitsFor: asText(asObject(state['waiting'])['reason']),
    lastEnd: endOf(state) ?? endOf(asObject(status['lastState'])),
    cpuLimit: asText(limits['cpu']),
    memoryLimit: asText(limits['memory']),
  };
}

function endOf(state: Raw): ContainerEndFacts | null {
  const end = asObject(state['terminated']);
  const at = asText(end['finishedAt']);
  if (at === '') return null;
  const began = asText(end['startedAt']);
  const how = { reason: asText(end['reason']), exitCode: asNumber(end['exitCode']) };
  return began === '' ? { at, ...how } : { at, began, ...how };
}
