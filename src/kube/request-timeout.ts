import { UserError } from '../errors.ts';

const unitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Value of `--request-timeout` in milliseconds: whole seconds, or a duration of Go such as "1m30s"; "" and "0" are 0, no limit. */
export function parseTimeoutMs(text: string): number {
  if (text === '') return 0;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!/^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) {
    throw new UserError(
      `--request-timeout "${text}" is no duration`,
      'it must be a number of seconds, or a number with a unit',
      'Write for example --request-timeout=30s or --request-timeout=2m.',
    );
  }
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    totalMs += Number(amount) * (unitsMs[unit ?? ''] ?? 0);
  }
  return totalMs;
}
