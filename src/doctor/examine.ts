import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { Check, Diagnosis, DoctorContext } from './check.ts';

/** Runs the checks at the same time; results in the order of the checks. One that cannot be done is `unknown`. */
export async function examine(
  context: DoctorContext,
  checks: readonly Check[],
): Promise<readonly Diagnosis[]> {
  const results = await Promise.all(checks.map(async (check) => await runOne(context, check)));
  return results.flat();
}

async function runOne(context: DoctorContext, check: Check): Promise<Diagnosis[]> {
  try {
    return (await check.run(context)).map((result) => ({ check: check.id, ...result }));
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof UserError)) throw error;
    const seen = error instanceof UserError ? `${error.what}: ${error.why}` : error.message;
    return [{ check: check.id, subject: '', status: 'unknown', seen, fix: '' }];
  }
}
