import type { EndpointAddress } from '../cluster/directory.ts';
import type { Facts, ObjectName } from '../cluster/facts.ts';
import type { PlacedFinding } from './explainer.ts';

/** Names listed before the rest is only counted. */
const MAX_NAMES = 5;

/** "frames 12, 14, 19: 12 of 12 …": the finding's own sentence with its frames. */
export function packets(placed: PlacedFinding): string {
  const { frames, text, id } = placed.finding;
  return frames.length === 0
    ? `${id}: ${text}`
    : `${frames.length === 1 ? 'frame' : 'frames'} ${frames.join(', ')}: ${text}`;
}

/** "EndpointSlice shop/payments-abc: 2 endpoints, 0 ready", one line per slice; one line if there is no slice. */
export function slices(service: ObjectName, endpoints: readonly EndpointAddress[], facts: Facts): string[] {
  const own = (facts.endpointSlices ?? []).filter(
    (slice) => slice.namespace === service.namespace && slice.service === service.name,
  );
  if (facts.endpointSlices === null) return [];
  if (own.length === 0) return [`Service ${path(service)} has no EndpointSlice`];
  return own.slice(0, MAX_NAMES).map((slice) => {
    const mine = endpoints.filter((endpoint) => endpoint.slice === slice.name);
    return `EndpointSlice ${path(slice)}: ${count(mine.length, 'endpoint')}${mine.length === 0 ? '' : `, ${mine.filter(({ ready }) => ready).length} ready`}`;
  });
}

/** "shop/payments". */
export function path(object: ObjectName): string {
  return `${object.namespace}/${object.name}`;
}

/** "1 pod", "2 pods". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** "a, b, c and 4 more". */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

/** "app=payments, tier=back". */
export function pairs(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}
