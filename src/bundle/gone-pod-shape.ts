import type { GonePodFacts } from '../cluster/gone-pod-facts.ts';
import { list, object, oneOf, record, text, type Shape } from './shape.ts';

/** The form of one entry of `gonePods` in facts.json; follows `cluster/gone-pod-facts.ts` key by key. */
export const gonePodShape: Shape<GonePodFacts> = object<GonePodFacts>({
  namespace: text(),
  name: text(),
  addresses: list(text()),
  labels: record(text()),
  node: text(),
  owner: text(),
  how: oneOf('replaced', 'deleted', 'ended'),
});
