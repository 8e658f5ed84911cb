import { crossingOf } from './cross.ts';
import type { EndpointsOf } from './cross.ts';
import type { Crossing } from './crossing.ts';
import { matchVantages } from './match.ts';
import type { Vantage } from './vantage.ts';

/** Vantage points that are compared; sets of them are bits of one word. */
const MAX_VANTAGES = 30;

/**
 * Compares captures of one incident: which packets of one are in the others, how the clocks stand, what was lost
 * between them. Each capture is read twice, in pieces; memory is bounded whatever they hold.
 */
export async function cross(
  vantages: readonly Vantage[],
  endpointsOf: EndpointsOf,
  seed: number,
): Promise<Crossing> {
  const compared = vantages.slice(0, MAX_VANTAGES);
  const crossing = crossingOf(await matchVantages(compared, seed), compared, endpointsOf);
  const leftOut = vantages.length - compared.length;
  return leftOut === 0
    ? crossing
    : {
        ...crossing,
        limits: [`only the first ${MAX_VANTAGES} captures were compared with each other`, ...crossing.limits],
      };
}
