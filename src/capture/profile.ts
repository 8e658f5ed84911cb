import type { Rung } from './debug-container.ts';

/** How a capture may get into a place: the rungs of the ladder that the user allows. */
export type Profile = 'auto' | 'net-raw' | 'baseline' | 'node';

/** As `--profile` takes them. `auto` climbs to no rung that is privileged. */
export const profiles: readonly Profile[] = ['auto', 'net-raw', 'baseline', 'node'];

/** The forms of an ephemeral container that a profile tries, in order; none for a node debug pod. */
export function rungsOf(profile: Profile): readonly Rung[] {
  if (profile === 'net-raw') return ['net-raw'];
  if (profile === 'baseline') return ['runtime-default'];
  return profile === 'node' ? [] : ['net-raw', 'runtime-default'];
}
