import { type Plan, requestOf } from '../capture/ladder.ts';
import { requestsText } from '../capture/requests.ts';
import type { Io } from '../io.ts';

/** The end of `--dry-run`: with -o yaml or json the requests that would be sent, on stdout; else nothing more. */
export async function printRequests(plans: readonly Plan[], format: string, io: Io): Promise<number> {
  if (format !== 'yaml' && format !== 'json') return 0;
  const requests = plans.flatMap((plan) => requestOf(plan) ?? []);
  await io.stdout.write(requestsText(requests, format));
  return 0;
}
