import type { ContainerEndFacts, ContainerFacts, PodLifeFacts } from '../cluster/pod-life-facts.ts';
import { integer, list, nullable, object, optional, text, type Shape } from './shape.ts';

const end: Shape<ContainerEndFacts> = object<ContainerEndFacts>({
  at: text(),
  began: optional(text()),
  reason: text(),
  exitCode: integer(-1000),
});

const container: Shape<ContainerFacts> = object({
  name: text(),
  restarts: integer(),
  runsSince: text(),
  waitsFor: text(),
  lastEnd: nullable(end),
  cpuLimit: text(),
  memoryLimit: text(),
});

/** The form of a pod's `life` in facts.json; follows `cluster/pod-life-facts.ts` key by key. */
export const podLifeShape: Shape<PodLifeFacts> = object<PodLifeFacts>({
  deletedAt: text(),
  readyChangedAt: text(),
  containers: list(container, 1000),
});
