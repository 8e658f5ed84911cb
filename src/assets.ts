import { join } from 'node:path';

/**
 * The folder that holds what the program reads at run time (`recordings/`): the checkout,
 * or the unpacked archive. This file and the bundle that replaces it lie one level below it, so no other
 * file may ask where it is.
 */
export const assetsFolder: string = join(import.meta.dirname, '..');
