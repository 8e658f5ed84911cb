import { admission } from './admission.ts';
import type { Check } from './check.ts';
import { image } from './image.ts';
import { machines } from './machines.ts';
import { podSecurity } from './pod-security.ts';
import { rights } from './rights.ts';
import { version } from './version.ts';
import { wayIn } from './way-in.ts';

/** All checks, in the order in which they are shown. A new one is a file, and a line here. */
export const checks: readonly Check[] = [version, rights, podSecurity, admission, machines, image, wayIn];
